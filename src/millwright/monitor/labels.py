"""The outcomes themselves: whether another share of them comes true, and whether they come at all."""

from collections.abc import Iterator
from dataclasses import replace

from millwright.monitor.found import Scene, findings_of, of_the_model
from millwright.monitor.inputs import Judged, LabelsDue, Reference
from millwright.monitor.shift import shift
from millwright.monitor.sides import side_by_side
from millwright.monitor.words import percent
from millwright.records.deciding import Change, Finding

_FEWEST_MATURE = 50
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
    none = due.labelled == 0 and due.mature >= _FEWEST_MATURE and due.before != 0
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
