"""One look at one window, held against what the live version learnt and promised, and written down."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from millwright.loop.absence import not_there
from millwright.loop.calendar import Bounds
from millwright.loop.came_true import CameTrue, Ripe, came_true, labels_due, labels_of, ripe_rows
from millwright.loop.dating import date
from millwright.loop.golden_set import still_equal
from millwright.loop.label_sample import sampled
from millwright.loop.opened import Model, open_model, version_before
from millwright.loop.sealing import note_quality
from millwright.loop.seeing import (
    LOOKED_BACK,
    Seen,
    arrived,
    cannot,
    compared,
    newest_part,
    reference_of,
    see,
    unwatched_slices,
)
from millwright.loop.stewardship import Hand
from millwright.loop.windows import step_of, usual_steps
from millwright.loop.workshop import Workshop
from millwright.monitor.causes import Known, causes_of
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.level import of_each_further_test
from millwright.monitor.live import kind_of_null
from millwright.monitor.look import Beside, changed_columns, held_against, scene_of
from millwright.monitor.look import look as find
from millwright.monitor.loss import weighed, worth_of
from millwright.monitor.older import against_older
from millwright.monitor.small import Gathered, small_changes
from millwright.records.causing import Cause
from millwright.records.codec import from_json, to_json
from millwright.records.deciding import Finding
from millwright.records.release import Version
from millwright.records.watching import Detectors, Watched
from millwright.registry import findings as catalogue_findings
from millwright.registry import releases, versions
from millwright.registry import watched as catalogue_watched
from millwright.spec.alarm_budget import parse_alarm_budget

MOST_AT_ONCE = 20_000
"""Rows of a window up to which two are read at a time."""

REMEMBERED = 400
"""Findings that are looked back on for times of broken data."""


def look(shop: Workshop, hand: Hand, bounds: Bounds) -> tuple[Watched, tuple[Finding, ...]]:
    """Look at a window that ended, and write down what was found. Raises Conflict where another acts now."""
    lately = _lately(shop)
    model = open_model(shop, lately.version)
    with _labels_beside(shop, model, bounds, max((one.window.predictions for one in lately.looks), default=None)) as told:
        seen = see(shop, model, bounds)
        sides, arrivals = compared(shop, model, seen), arrived(model, seen)
        held = held_against(*sides)
        changed = changed_columns(*sides, held, lately.previous, _level(shop, bounds))
        came = told()
    judging = came.judged
    found = find(
        *sides,
        changed=changed,
        judged=judging,
        labels=labels_due(shop, came, lately.looks),
        serving=seen.serving,
        arrivals=arrivals,
        arrived_before=[(look.window.end, look.arrivals) for look in lately.looks if look.arrivals is not None],
        served_before=[look.serving for look in lately.looks if look.serving is not None],
        answered_again=seen.parity(),
        watch=shop.spec.watch,
        previous=lately.previous,
        faults=lately.faults,
        level=_level(shop, bounds),
    )
    newest = newest_part(shop, model, sides[1])
    gathered = _gathered(shop, lately, sides, newest, held if newest is sides[1] else None, found)
    found = _beside(shop, model, lately, seen, came, sides, (*found, *gathered.findings))
    watched = Watched(
        project=shop.project,
        version=model.version.number,
        payload_digest=model.payload.payload_digest,
        window=seen.recent,
        profile=shop.blobs.put(to_json(seen.profile)) if seen.profile else None,
        quality=judging.quality if judging else None,
        against_before=judging.against_before if judging else None,
        serving=seen.serving,
        trying=None,
        findings=tuple(finding.id for finding in found),
        cannot=(*cannot(shop, model, seen, came), *unwatched_slices(shop, model, *sides)),
        parity=seen.parity(),
        detectors=shop.blobs.put(to_json(gathered.detectors)),
        arrivals=arrivals,
        causes=_causes(shop, lately, sides, found),
        beside=kind_of_null(*sides),
    )
    return _entered(shop, hand, watched, found), found


@contextmanager
def _labels_beside(shop: Workshop, model: Model, bounds: Bounds, usual: int | None) -> Iterator[Callable[[], CameTrue]]:
    """What labels tell, worked out while it is open where there is a process for that; else their rows are read meanwhile where
    windows are small, and only when they are asked for where they are not, so that the texts of one are gone before the
    other's come. usual: how many rows a window had at most; None: that is not known."""
    before = version_before(shop)

    def read() -> Ripe:
        return ripe_rows(shop, bounds, requests=before is not None)

    if shop.beside is not None:
        later = shop.beside.begin(labels_of, shop.clock.now(), bounds)
        yield lambda: later() or came_true(shop, model, read(), before)
    elif usual is None or usual > MOST_AT_ONCE:
        yield lambda: came_true(shop, model, read(), before)
    else:
        with ThreadPoolExecutor(1, thread_name_prefix="look") as beside:
            ripe = beside.submit(read)
            yield lambda: came_true(shop, model, ripe.result(), before)


def _level(shop: Workshop, bounds: Bounds) -> float:
    """The chance of a false finding that a look at such a window may have."""
    return parse_alarm_budget(shop.spec.watch.alarm_budget).level(step_of(shop.spec.watch, bounds))


@dataclass(frozen=True, slots=True)
class _Lately:
    """The live version, the looks before this one, the newest first, what that one found, and times of broken data."""

    version: Version
    looks: tuple[Watched, ...]
    previous: tuple[Finding, ...]
    faults: tuple[Finding, ...]

    @property
    def look(self) -> Watched | None:
        """The look before this one."""
        return next(iter(self.looks), None)


def _lately(shop: Workshop) -> _Lately:
    with shop.catalogue.read() as view:
        release = releases.current(view, shop.project)
        assert release is not None
        looks = catalogue_watched.page(view, shop.project, limit=LOOKED_BACK)
        remembered = catalogue_findings.page(view, shop.project, limit=REMEMBERED)
        return _Lately(
            version=versions.numbered(view, shop.project, release.version),
            looks=looks,
            previous=catalogue_findings.of_window(view, shop.project, looks[0].window.end) if looks else (),
            faults=tuple(finding for finding in remembered if finding.kind == "data_fault"),
        )


Sides = tuple[Reference, Observed]


def _beside(
    shop: Workshop, model: Model, lately: _Lately, seen: Seen, came: CameTrue, sides: Sides, found: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """What was found, dated, with what else there is to say at this look, and each with what it may cost."""
    end = sides[1].end
    found = date(shop, model.payload.scorer.contract, *sides, found, lately.previous)
    found = (*found, *sampled(shop, model, end), *still_equal(shop, model, end), *_long_ago(shop, lately, seen, sides, found))
    found = (*found, *not_there(shop, seen, came, lately.looks, found, scene_of(*sides, ())))
    pace = seen.recent.predictions / sides[1].days if sides[1].days > 0 else 0.0
    return weighed(found, worth_of(model.evaluation, shop.spec.costs, sides[0].importance, pace), shop.spec.watch)


def _long_ago(shop: Workshop, lately: _Lately, seen: Seen, sides: Sides, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What lies elsewhere than in the training rows of the first version that was live, where a later one is."""
    with shop.catalogue.read() as view:
        first = versions.numbered(view, shop.project, releases.numbered(view, shop.project, 1).version)
    if first.number == lately.version.number:
        return ()
    level = _level(shop, seen.bounds)
    told = {column for finding in found for column in finding.columns}
    scene = scene_of(*sides, lately.previous)
    older = reference_of(open_model(shop, first))
    return tuple(against_older(older, first.number, sides[1], scene, of_each_further_test(level), told))


def _causes(shop: Workshop, lately: _Lately, sides: Sides, found: tuple[Finding, ...]) -> tuple[Cause, ...]:
    """What is behind what was found."""
    known = Known(
        watch=shop.spec.watch,
        importance=sides[0].importance,
        zone=sides[0].contract.zone,
        last=lately.look.causes if lately.look else (),
        over=tuple(cause for look in lately.looks[1:] for cause in look.causes),
        begun=sides[1].begun,
    )
    return causes_of(found, known)


def _entered(shop: Workshop, hand: Hand, watched: Watched, found: tuple[Finding, ...]) -> Watched:
    with shop.catalogue.write() as tx:
        hand.check(tx)
        for finding in found:
            catalogue_findings.add(tx, finding)
        watched = catalogue_watched.add(tx, watched)
    if watched.quality is not None and watched.quality.window.predictions:
        note_quality(shop, watched.quality)
    return watched


def _gathered(
    shop: Workshop,
    lately: _Lately,
    sides: Sides,
    newest: Observed,
    held: Sequence[Beside] | None,
    found: tuple[Finding, ...],
) -> Gathered:
    """What this window and those before it say together of small changes. Of another version it begins anew. newest: the part
    of the window that no window before it had, where windows are cumulative; else the window. held: what that is held against,
    where it is known."""
    watch, earlier = shop.spec.watch, lately.look
    kept = earlier.detectors if earlier is not None and earlier.version == lately.version.number else None
    return small_changes(
        sides[0],
        newest,
        from_json(Detectors, shop.blobs.get(kept)) if kept else Detectors(),
        parse_alarm_budget(watch.alarm_budget).once_in(*usual_steps(shop, sides[1])),
        previous=lately.previous,
        broken={column for finding in found if finding.kind == "data_fault" for column in finding.columns},
        told={column for finding in found for column in finding.columns},
        held=held,
    )
