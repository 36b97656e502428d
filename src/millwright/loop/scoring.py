"""Was it right? Each decision is held against what labels say that came later, once, when they are complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from millwright.data.columns import take
from millwright.errors import MillwrightError
from millwright.loop.doubted import doubted
from millwright.loop.opened import open_model
from millwright.loop.outcomes import say_interval
from millwright.loop.quality import JUDGED_WINDOWS, maturity_of
from millwright.loop.side_by_side import FEWEST, compare_on
from millwright.loop.stewardship import Hand
from millwright.loop.workshop import Workshop
from millwright.monitor.mirrored import inside
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.deciding import Action, Decision
from millwright.records.judging import Comparison
from millwright.records.release import Release
from millwright.records.scoring import Proved, Scored
from millwright.registry import decisions, releases, scores, versions
from millwright.spec.durations import parse_duration

SCORED: tuple[Action, ...] = ("promote", "rollback", "retrain", "abort", "refuse", "hold")
"""What has another way that it could have gone."""

PROVED = {"right": "right", "wrong": "wrong", "cannot tell": "neither right nor wrong as far as labels tell"}
"""The verdicts in a sentence: the decision was ..."""

ASKED = 10_000
"""Rows that are compared at most, at equal steps in time."""

_WAITING = 100
_RELEASES = 10_000
_WANTED = Wanted(
    columns=("request", "output", "payload_digest", "event_at", "label", "label_known_at"), labelled=True, sample=ASKED
)


@dataclass(frozen=True, slots=True)
class _Fork:
    """What a decision chose between, and the time whose rows tell. without: why nothing can be said, where that is so."""

    chosen: int | None
    instead: int | None
    start: datetime
    end: datetime
    without: str = ""


def score_one(shop: Workshop, hand: Hand) -> Scored | None:
    """Score the oldest decision whose time has come; None where there is none. One a tick, so that a tick stays short."""
    now = shop.clock.now()
    with shop.catalogue.read() as view:
        waiting = scores.open_decisions(view, shop.project, SCORED, limit=_WAITING)
        if not waiting:
            return None
        released = tuple(reversed(releases.page(view, shop.project, limit=_RELEASES)))
        forks = [(one, _fork(one, decisions.following(view, one.number), released, _horizon(shop))) for one in waiting]
    due = next(((one, fork) for one, fork in forks if fork.end + maturity_of(shop) <= now), None)
    if due is None:
        return None
    scored = _scored(shop, *due)
    with shop.catalogue.write() as tx:
        hand.check(tx)
        scores.add(tx, scored)
    return scored


def _horizon(shop: Workshop) -> timedelta:
    """How long what came after a decision tells of it: as much as a look judges."""
    return JUDGED_WINDOWS * parse_duration(shop.spec.watch.window)


def _fork(one: Decision, following: Sequence[Decision], released: Sequence[Release], horizon: timedelta) -> _Fork:
    """What a decision chose between. released: all releases in their order."""
    changes = [r for r in released if r.action in ("promote", "rollback")]
    if one.action == "retrain":
        return _of_retrain(one, following, changes, horizon)
    if one.action in ("promote", "rollback"):
        return _of_release(one.event_at, one.version, changes, horizon)
    start, end, live = _life(one.event_at, changes, horizon)
    other = _tried(one, released) if one.action == "hold" else one.version
    without = "" if other is not None else "no other version was there that could have answered"
    return _Fork(live, other, start, end, without)


def _of_release(at: datetime, version: int | None, changes: Sequence[Release], horizon: timedelta) -> _Fork:
    before = next((r.version for r, then in reversed(list(pairwise(changes))) if then.event_at == at), None)
    start, end, _ = _life(at, changes, horizon)
    return _Fork(version, before, start, end, "" if before is not None else "nothing was live before it")


def _of_retrain(one: Decision, following: Sequence[Decision], changes: Sequence[Release], horizon: timedelta) -> _Fork:
    """A retrain is as good as what it made, from when that went live."""
    made = next((after.version for after in following if after.version is not None), None)
    live = next((r for r in changes if r.version == made and r.event_at >= one.event_at), None)
    if made is not None and live is not None:
        return _of_release(live.event_at, made, changes, horizon)
    start, end = one.event_at, one.event_at + horizon
    return _Fork(None, made, start, end, "what it made did not go live" if made is not None else "it made no version")


def _life(at: datetime, changes: Sequence[Release], horizon: timedelta) -> tuple[datetime, datetime, int | None]:
    """From a moment up to when something else went live, or to the horizon; and what was live."""
    live = next((r.version for r in reversed(changes) if r.event_at <= at), None)
    after = next((r.event_at for r in changes if r.event_at > at), None)
    return at, min(at + horizon, after) if after else at + horizon, live


def _tried(one: Decision, released: Sequence[Release]) -> int | None:
    """The version that was being tried when a decision held it."""
    return next((r.challenger for r in reversed(released) if r.event_at <= one.event_at), None)


def _scored(shop: Workshop, one: Decision, fork: _Fork) -> Scored:
    comparison, why = None, fork.without
    if not why:
        try:
            comparison = _compared(shop, fork)
        except MillwrightError as error:
            why = f"it cannot be asked any more: {error.what}"
    proved, sentence = _verdict(fork, comparison, why)
    return Scored(
        project=shop.project,
        decision=one.number,
        chosen=fork.chosen,
        instead=fork.instead,
        start=fork.start,
        end=fork.end,
        known_at=shop.clock.now(),
        comparison=comparison,
        proved=proved,
        sentence=sentence,
    )


def _compared(shop: Workshop, fork: _Fork) -> Comparison | None:
    """What was chosen against what was not, on rows that the first answered and whose labels are not in doubt."""
    assert fork.chosen is not None
    assert fork.instead is not None
    with shop.catalogue.read() as view:
        chosen, instead = (versions.numbered(view, shop.project, number) for number in (fork.chosen, fork.instead))
    mine, theirs = open_model(shop, chosen), open_model(shop, instead)
    _, rows = window(Logs.of(shop.home.root), shop.project, fork.start, fork.end, as_of=shop.clock.now(), wanted=_WANTED)
    doubts = doubted(shop, rows, mine, theirs)
    return compare_on(shop, take(rows, ~inside(rows["event_at"], doubts)), mine, theirs, "champion")


def _verdict(fork: _Fork, comparison: Comparison | None, why: str) -> tuple[Proved, str]:
    """Right or wrong where the whole interval of the paired difference lies on one side of 0."""
    if comparison is None:
        return "cannot tell", why or f"fewer than {FEWEST} labelled rows can be asked of both versions"
    d = comparison.difference
    figures = (
        f"{comparison.metric} of v{fork.chosen} {say_interval(comparison.mine)}, of v{fork.instead} on the same {d.n:,} "
        f"labelled rows {say_interval(comparison.theirs)}; gain {say_interval(d)}"
    )
    if d.low is not None and d.low > 0:
        return "right", figures
    if d.high is not None and d.high < 0:
        return "wrong", figures
    return "cannot tell", f"{figures}: the interval holds 0"
