"""What small changes that stay look like as findings."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from millwright.monitor import detectors as evidence
from millwright.monitor.found import Found, Scene, findings_of
from millwright.monitor.gauges import MISSING, Gauge, gauges_of
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.large import LARGE
from millwright.monitor.look import Beside, held_against, scene_of
from millwright.monitor.onset import onset_of
from millwright.monitor.words import day, number, percent
from millwright.records.deciding import Change, Finding, Onset
from millwright.records.watching import Detector, Detectors


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence with this window, and what it says."""

    detectors: Detectors
    findings: tuple[Finding, ...] = ()


def small_changes(
    reference: Reference,
    observed: Observed,
    before: Detectors,
    once_in: float,
    *,
    previous: tuple[Finding, ...] = (),
    broken: Collection[str] = (),
    told: Collection[str] = (),
    held: Sequence[Beside] | None = None,
) -> Gathered:
    """The evidence with what was observed. once_in: see `gather`. previous: the findings of the look before. broken: columns
    that a data fault holds; they say nothing of the world. told: columns of which this look says as much already. held: what
    `held_against` says, where it is known already; the last of it lends values, unless it is anchored."""
    against = held_against(reference, observed) if held is None else held
    if not against or against[-1].reference.anchored:
        return Gathered(before)
    live = against[-1].reference.lived is not None
    if before.windows and before.live != live:
        before = Detectors()
    before = replace(before, live=live)
    gauges = [gauge for sides in against[-1].columns if sides.rule.name not in broken for gauge in gauges_of(sides)]
    return gather(before, gauges, scene_of(reference, observed, previous), once_in, told)


def gather(before: Detectors, gauges: Sequence[Gauge], scene: Scene, once_in: float, told: Collection[str] = ()) -> Gathered:
    """Step the evidence with the window of `scene` where it is wholly after those before.

    once_in: so many windows pass, on average, before a finding where nothing changes. Where the evidence crosses it begins
    again, also where nothing is told: because the look says it already, or it is too little to matter.
    """
    if not gauges or (before.until is not None and scene.start < before.until):
        return Gathered(before)
    stepped = evidence.step(before, gauges, scene.start, scene.end)
    carriers = evidence.crossed(stepped, once_in)
    if not carriers:
        return Gathered(stepped)
    known = {gauge.name: gauge for gauge in gauges}
    news = [Moved.of(one, known[one.gauge]) for one in carriers if one.gauge in known and one.column not in told]
    large = [moved for moved in news if moved.is_large]
    return Gathered(evidence.begun_again(stepped, carriers, once_in), tuple(_findings(large, stepped.windows, once_in, scene)))


@dataclass(frozen=True, slots=True)
class Moved:
    """A gauge that carries the evidence, since when it lies elsewhere, and where."""

    gauge: Gauge
    evidence: float
    onset: Onset
    value: float

    @classmethod
    def of(cls, detector: Detector, gauge: Gauge) -> "Moved":
        """From what was gathered."""
        return cls(gauge, evidence.evidence(detector), *onset_of(detector, gauge))

    @property
    def is_large(self) -> bool:
        """Whether it lies far enough away to matter."""
        gap = self.gauge.what == MISSING
        least = LARGE.mean if self.gauge.is_mean else LARGE.missing if gap else LARGE.share
        return abs(self.gauge.effect(self.value)) >= least

    def found(self, once_in: float) -> Found:
        """Its part of a finding."""
        gauge, was, now = self.gauge, self.gauge.statistic.readings.whole, self.value
        effect, scale = gauge.effect(now), 1.0 if gauge.is_mean else 100.0
        change = Change(
            column=gauge.column,
            check="slow_drift",
            was=scale * was,
            now=scale * now,
            unit="mean" if gauge.is_mean else f"% {gauge.what}",
            effect=effect if gauge.is_mean else scale * effect,
            evidence=self.evidence,
            limit=once_in,
            onset=self.onset,
        )
        if gauge.is_mean:
            return Found("covariate", change, f"mean {number(now)}, {number(was)} before ({effect:+.2g} standard deviations)")
        return Found("covariate", change, f"{percent(now)} are {gauge.what}, {percent(was)} before")


def _findings(moved: Sequence[Moved], windows: int, once_in: float, scene: Scene) -> Iterator[Finding]:
    """One finding, with the strongest gauge of each column; it dates from the onset of the strongest of all."""
    if not moved:
        return
    strongest: Mapping[str, Moved] = {one.gauge.column: one for one in reversed(moved)}
    onset = moved[0].onset
    between = f"{day(onset.earliest, scene.zone)} and {day(onset.latest, scene.zone)}"
    when = "" if onset.earliest == onset.latest else f"; it began between {between}"
    for finding in findings_of([one.found(once_in) for one in strongest.values()], replace(scene, start=onset.start)):
        yield replace(finding, start=scene.start, sentence=f"{finding.sentence}{when}; gathered over {windows} windows")
