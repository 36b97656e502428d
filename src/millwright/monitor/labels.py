"""The outcomes themselves: whether another share of them comes true, whether they come at all, or turned round."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from millwright.monitor.found import Scene, findings_of, of_the_model
from millwright.monitor.inputs import Judged, LabelsDue, Reference
from millwright.monitor.mirrored import Mirrored
from millwright.monitor.shift import shift
from millwright.monitor.sides import side_by_side
from millwright.monitor.words import day, number, percent
from millwright.records.codec import digest_of
from millwright.records.deciding import Change, Finding

FEWEST_MATURE = 50
_HALF = 0.5


def label_shift(reference: Reference, judged: Judged, scene: Scene, level: float) -> Iterator[Finding]:
    """The target among the newest complete labels, against its periods. `scene` is that of the labelled window."""
    rule = next((c for c in reference.contract.columns if c.role == "target"), None)
    sides = side_by_side(reference, rule, judged.target, judged.days, judged.when) if rule and judged.target else None
    levels = (reference.positive,) if reference.positive is not None else None
    found = shift(sides, level, "label_shift", "label", levels) if sides else None
    yield from findings_of([found] if found else [], replace(scene, importance={}))


def label_feed(due: LabelsDue, scene: Scene, level: float) -> Finding | None:
    """Labels that should be there and are not: none at all, or surely fewer than half of what earlier windows reached."""
    from scipy.special import bdtr

    half = None if due.before is None else _HALF * due.before
    none = due.labelled == 0 and due.mature >= FEWEST_MATURE and due.before != 0
    if not none and (half is None or due.mature == 0 or float(bdtr(due.labelled, due.mature, half)) > level):
        return None
    now = due.labelled / due.mature
    change = Change(
        column="",
        check="label_feed",
        was=None if due.before is None else 100 * due.before,
        now=100 * now,
        unit="% labelled",
        effect=100 * (now - (due.before or 0.0)),
    )
    before = "" if due.before is None else f", where {percent(due.before)} had one before"
    text = (
        f"labels are overdue: {due.labelled:,} of {due.mature:,} predictions that should have one do ({percent(now)}){before}"
    )
    return of_the_model("data_fault", change, text, scene)


def label_flip(doubts: tuple[Mirrored, ...], scene: Scene) -> Iterator[Finding]:
    """Days whose labels say the opposite of what was answered: flipped, or true in a world that turned round. The two look
    the same from here, so it is a person who says which."""
    for doubt in doubts:
        start, end = _moment(doubt.start), _moment(doubt.end)
        known = [f.since for f in scene.previous if f.check == "label_flip" and f.since < end and (f.until or end) > start]
        change = Change(
            column="",
            check="label_flip",
            was=None if doubt.usual != doubt.usual else doubt.usual,
            now=doubt.correlation,
            unit="rank correlation of labels and answers",
            effect=doubt.correlation,
            evidence=doubt.evidence,
            limit=doubt.limit,
        )
        yield Finding(
            id=digest_of([scene.id_of("data_fault", "label_flip"), start.isoformat()])[:32],
            project=scene.project,
            kind="data_fault",
            check="label_flip",
            columns=(),
            effect=change.effect,
            sentence=_flipped(doubt, change, scene),
            since=min([start, *known]),
            start=scene.start,
            event_at=scene.looked_at,
            known_at=scene.known_at,
            version=scene.version,
            rows=doubt.rows,
            changes=(change,),
            until=end if doubt.ended else None,
        )


def _flipped(doubt: Mirrored, change: Change, scene: Scene) -> str:
    first, last = day(_moment(doubt.start), scene.zone), day(_moment(doubt.end - 1), scene.zone)
    until = ("" if first == last else f" to {last}") if doubt.ended else " on"
    usual = "" if change.was is None else f", on the other days {number(change.was)}"
    return (
        f"labels of {first}{until} say the opposite of what was answered: their rank "
        f"correlation is {number(doubt.correlation)} on {doubt.rows:,} rows{usual}; flipped labels look so, and so does a "
        "world that turned round: approve the hold if these labels are right"
    )


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)
