"""What small changes that stay look like as findings."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from millwright.monitor import detectors as evidence
from millwright.monitor.found import Found, Scene, findings_of
from millwright.monitor.gauges import Gauge, gauges_of
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.large import Large
from millwright.monitor.look import scene_of, together
from millwright.monitor.sides import sides_of
from millwright.monitor.words import number, percent
from millwright.records.deciding import Change, Finding
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
) -> Gathered:
    """The evidence with what was observed. once_in: see `gather`. previous: the findings of the look before. broken: columns
    that a data fault holds; they say nothing of the world. told: columns of which this look says as much already."""
    if observed.profile is None or not observed.profile.rows:
        return Gathered(before)
    pairs = together(list(sides_of(reference, observed.profile, observed.days)))
    gauges = [gauge for sides in pairs if sides.rule.name not in broken for gauge in gauges_of(sides)]
    return gather(before, gauges, scene_of(reference, observed, previous), once_in, told)


def gather(before: Detectors, gauges: Sequence[Gauge], scene: Scene, once_in: float, told: Collection[str] = ()) -> Gathered:
    """Step the evidence with the window of `scene` where it is wholly after those before.

    once_in: so many windows pass, on average, before a finding where nothing changes. Where one is made evidence begins again.
    """
    if not gauges or (before.until is not None and scene.start < before.until):
        return Gathered(before)
    stepped = evidence.step(before, gauges, scene.start, scene.end)
    carriers = evidence.crossed(stepped, once_in)
    if not carriers:
        return Gathered(stepped)
    known = {gauge.name: gauge for gauge in gauges}
    news = [(one, known[one.gauge]) for one in carriers if one.gauge in known and one.column not in told]
    large = [(one, gauge) for one, gauge in news if _is_large(one, gauge)]
    return Gathered(evidence.begun_again(stepped), tuple(_findings(large, stepped, once_in, scene)))


def _findings(
    carriers: Sequence[tuple[Detector, Gauge]], stepped: Detectors, once_in: float, scene: Scene
) -> Iterator[Finding]:
    founds: Mapping[str, Found] = {
        detector.column: _found(detector, gauge, once_in)
        for detector, gauge in reversed(carriers)  # the strongest stays
    }
    if not founds:
        return
    since = min((detector.since for detector, _ in carriers if detector.since), default=scene.start)
    reached = f"gathered over {stepped.windows} windows"
    for finding in findings_of(founds.values(), replace(scene, start=since)):
        yield replace(finding, start=scene.start, sentence=f"{finding.sentence}; {reached}")


def _found(detector: Detector, gauge: Gauge, once_in: float) -> Found:
    was, now = gauge.statistic.readings.whole, evidence.mean_since(detector)
    effect = gauge.effect(now)
    scale, unit = (1.0, "mean") if gauge.statistic.variance is not None else (100.0, f"% {gauge.what}")
    change = Change(
        column=detector.column,
        check="slow_drift",
        was=scale * was,
        now=scale * now,
        unit=unit,
        effect=effect if scale == 1.0 else scale * effect,
        evidence=evidence.evidence(detector),
        limit=once_in,
    )
    if scale == 1.0:
        said = f"mean {number(now)}, {number(was)} before ({effect:+.2g} standard deviations)"
    else:
        said = f"{percent(now)} are {gauge.what}, {percent(was)} before"
    return Found("covariate", change, said)


def _is_large(detector: Detector, gauge: Gauge) -> bool:
    least = Large()
    limit = least.mean if gauge.statistic.variance is not None else least.missing if gauge.what == "missing" else least.share
    return abs(gauge.effect(evidence.mean_since(detector))) >= limit
