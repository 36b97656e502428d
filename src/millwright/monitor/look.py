"""One look: everything that is checked, each at its share of the level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from millwright.monitor import arrivals as coming
from millwright.monitor import missing, shift
from millwright.monitor.answers import errors, latency, parity
from millwright.monitor.callers import crowding
from millwright.monitor.constant import constant
from millwright.monitor.decay import decay, worse_than_before
from millwright.monitor.drift import drift
from millwright.monitor.found import Found, Scene, findings_of
from millwright.monitor.inputs import Judged, LabelsDue, Observed, Reference
from millwright.monitor.labels import label_feed, label_flip, label_shift
from millwright.monitor.level import DRIFT, LEVEL, MISSING, NEW_VALUES, of_columns, of_each_further_test, of_each_model_test
from millwright.monitor.live import beside, of_slice, views
from millwright.monitor.refused import refused
from millwright.monitor.sides import Sides, sides_of
from millwright.monitor.slices import judged_slices, name_of
from millwright.monitor.span import outside_range
from millwright.monitor.unit import unit
from millwright.monitor.unseen import unseen
from millwright.monitor.variation import in_common
from millwright.monitor.volume import volume
from millwright.records.data import Profile, SliceProfile
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec
from millwright.records.watching import Arrivals, Parity, Serving

T = TypeVar("T")

_ORDER = ("data_fault", "serving", "concept", "label", "covariate")


@dataclass(frozen=True, slots=True)
class Beside:
    """What a window is held against, and its columns beside it."""

    reference: Reference
    columns: tuple[Sides, ...]


def held_against(reference: Reference, observed: Observed) -> tuple[Beside, ...]:
    """The columns of a window beside all that it is held against (see `monitor.live`). None where nothing was asked."""
    if observed.profile is None or not observed.profile.rows:
        return ()
    return tuple(_beside(view, observed, observed.profile) for view in views(reference, observed.days))


def look(
    reference: Reference,
    observed: Observed,
    judged: Judged | None = None,
    *,
    watch: WatchSpec,
    labels: LabelsDue | None = None,
    serving: Serving | None = None,
    served_before: Sequence[Serving] = (),
    arrivals: Arrivals | None = None,
    arrived_before: Sequence[tuple[datetime, Arrivals]] = (),
    answered_again: Parity | None = None,
    previous: tuple[Finding, ...] = (),
    faults: tuple[Finding, ...] = (),
    level: float = LEVEL,
    changed: Sequence[Finding] | None = None,
) -> tuple[Finding, ...]:
    """What changed in one window: at most one finding for each kind and check, broken data first, then by weight.

    level: the chance of one or more findings where nothing changed, over all columns and checks that are tests. judged,
    labels, serving and answered_again are checked where given. previous: the findings of the look before, for `since`.
    faults: earlier data faults, for what the labels say of rows that were asked then. served_before: how the server answered
    between the looks before, for what it refuses now; arrived_before: how rows came in theirs, by the ends of their windows.
    changed: what `changed_columns` says, where it is known already.
    """
    scene = scene_of(reference, observed, previous)
    each, further = of_each_model_test(level), of_each_further_test(level)
    if changed is None:
        changed = changed_columns(reference, observed, held_against(reference, observed), previous, level)
    found = list(changed)
    found += _there(volume(observed, scene, each, serving), label_feed(labels, scene, each) if labels else None)
    found += _there(crowding(reference, observed, scene, further))
    if judged is not None:
        found += _of_outcomes(reference, judged, scene, each, [*found, *previous, *faults])
    if serving is not None:
        served = replace(scene, start=serving.start, end=serving.end, rows=serving.requests)
        found += _there(errors(serving, watch, served, each), latency(serving, watch, served))
        found += _there(refused(serving, served_before, served, further))
    if arrivals is not None:
        found += _of_arrivals(
            arrivals, arrived_before, observed.newest.rows if observed.newest else observed.rows, scene, further
        )
    if answered_again is not None:
        found += _there(parity(answered_again, scene))
    return tuple(sorted(found, key=lambda finding: (_ORDER.index(finding.kind), -(finding.weight or 0.0))))


def changed_columns(
    reference: Reference, observed: Observed, held: Sequence[Beside], previous: tuple[Finding, ...], level: float = LEVEL
) -> list[Finding]:
    """What changed in the columns of a window and of its slices. held: what `held_against` says."""
    scene = scene_of(reference, observed, previous)
    slices = judged_slices(reference, observed.profile)
    shared = level / 2 if slices else level
    found = list(findings_of(_columns(held, shared), scene))
    found += [finding for one in slices for finding in _of_slice(one, reference, observed, scene, shared / len(slices))]
    return found


def scene_of(reference: Reference, observed: Observed, previous: tuple[Finding, ...]) -> Scene:
    """What every finding of a look at `observed` shares."""
    return Scene(
        project=observed.project,
        version=observed.version,
        looked_at=observed.end,
        start=observed.when[0],
        end=observed.end,
        known_at=observed.known_at,
        rows=observed.rows,
        zone=reference.contract.zone,
        importance=reference.importance,
        previous=previous,
    )


def _of_arrivals(
    now: Arrivals, looks: Sequence[tuple[datetime, Arrivals]], fresh: int, scene: Scene, level: float
) -> list[Finding]:
    """How the rows come, held against how they came before it was first seen."""
    return _there(
        coming.duplicates(now, coming.before(scene, "duplicates", looks), scene, level),
        coming.clock(now, coming.before(scene, "clock", looks), scene, level),
        coming.stale(now, coming.before(scene, "stale", looks), scene, fresh),
    )


def _columns(held: Sequence[Beside], level: float) -> Iterator[Found]:
    told: dict[str, set[str]] = {}
    for one in held:
        before = {column for column, checks in told.items() if "data_fault" in checks}
        for found in _found(one, level / len(held)):
            known = told.setdefault(found.change.column, set())
            if found.change.check not in known and found.change.column not in before:
                yield replace(found, beside=beside(one.reference))
            known |= {found.change.check, found.kind}


def _of_slice(one: SliceProfile, reference: Reference, observed: Observed, scene: Scene, level: float) -> Iterator[Finding]:
    """One slice beside its own live days. What it weighs is its share of the rows."""
    own = of_slice(reference, one.key)
    assert own is not None
    profile = Profile(of=one.level, rows=one.rows, columns=tuple(c for c in one.columns if c.name != one.column))
    share = one.rows / max(observed.rows, 1)
    mine = replace(
        scene,
        rows=one.rows,
        importance={name: share * weight for name, weight in reference.importance.items()},
        slice=name_of(one),
    )
    found = (replace(one, beside=beside(own)) for one in _found(_beside(own, observed, profile), level))
    yield from findings_of(found, mine)


def _beside(reference: Reference, observed: Observed, profile: Profile) -> Beside:
    return Beside(
        reference, tuple(together(list(sides_of(reference, profile, observed.days, observed.when, covered=observed.covered))))
    )


def _found(held: Beside, level: float) -> Iterator[Found]:
    """What the checks find of every column beside one reference."""
    levels = of_columns(level, [sides.rule.name for sides in held.columns], held.reference.importance)
    for sides in held.columns:
        yield from _of_column(sides, levels[sides.rule.name])


def together(pairs: list[Sides]) -> list[Sides]:
    """Each column with what all have in common, in how much they vary from period to period."""
    main = [next(shift.statistics(sides), None) for sides in pairs]
    values = in_common(one[2].varied(sides.pace) for sides, one in zip(pairs, main, strict=True) if one)
    missed = [(sides.pace, missing.statistic(sides)) for sides in pairs]
    gaps = in_common(one.varied(pace) for pace, one in missed if one)
    return [replace(sides, values=values, gaps=gaps) for sides in pairs]


def _of_column(sides: Sides, level: float) -> Iterator[Found]:
    """The checks of one column. Broken values also lie elsewhere: that is not told a second time as drift."""
    broken = _there(unit(sides), constant(sides, level * NEW_VALUES))
    others = _there(missing.missing(sides, level * MISSING), unseen(sides, level * NEW_VALUES))
    outside = outside_range(sides, level * NEW_VALUES)
    yield from [*broken, *others]
    if outside is not None:
        yield replace(outside, kind="data_fault") if any(f.change.check == "unit" for f in broken) else outside
    if not broken and not any(found.kind == "data_fault" for found in others):
        yield from _there(drift(sides, level * DRIFT))


def _of_outcomes(reference: Reference, judged: Judged, scene: Scene, level: float, known: Sequence[Finding]) -> list[Finding]:
    """What the labels say, on their own window, which may be older than that of the requests. known: findings so far."""
    window = judged.quality.window
    scene = replace(scene, start=window.start, end=window.end, rows=window.labelled)
    flipped = list(label_flip(judged.doubts, scene))
    if judged.one_sided:  # what was promised is promised for all rows
        return flipped
    shifted = list(label_shift(reference, judged, scene, level))
    at_fault = [f for f in known if f.kind == "data_fault" and _overlaps(f, scene) and f.check != "decay"]
    return [
        *flipped,
        *shifted,
        *_there(decay(reference, judged, scene, level, [*at_fault, *shifted]), worse_than_before(judged, scene)),
    ]


def _overlaps(finding: Finding, scene: Scene) -> bool:
    return finding.since < scene.end and finding.event_at > scene.start


def _there(*maybe: T | None) -> list[T]:
    return [one for one in maybe if one is not None]
