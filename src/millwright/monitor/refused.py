"""What never reaches the log: requests that are refused, by what is wrong with them. No profile can tell of a rise of these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from millwright.monitor.found import Scene, of_the_model
from millwright.monitor.rises import Rise, Share, rise
from millwright.monitor.words import percent
from millwright.records.deciding import Change, Finding, FindingKind, Onset
from millwright.records.watching import Serving

FEWEST_REQUESTS = 20
_FEWEST_REFUSED = 5
_LARGE, _FAULT = (0.01, 0.05), 0.2
_MOST_NAMED = 3
_REASONS = {
    "contract.type": "of another type",
    "contract.null": "empty",
    "contract.missing_column": "not sent",
}


@dataclass(frozen=True, slots=True)
class _Reason:
    """One reason whose share of the requests rose."""

    code: str
    column: str
    rise: Rise

    @property
    def reason(self) -> str:
        """What is wrong, in words where there are some."""
        return _REASONS.get(self.code, self.code)


def refused(serving: Serving, earlier: Sequence[Serving], scene: Scene, level: float) -> Finding | None:
    """Reasons that are a larger share of the requests than between any two looks before, beyond how that share varied.

    earlier: between the looks before. Without one, nobody knows what is usual, and nothing is told.
    """
    since = min((f.since for f in scene.previous if f.check == "refused" and f.version == scene.version), default=None)
    before = [one for one in earlier if one.requests >= FEWEST_REQUESTS and (since is None or one.end <= since)]
    if serving.requests < FEWEST_REQUESTS or not before:
        return None
    rises = sorted(_rises(serving, before, level), key=lambda one: one.rise.was - one.rise.now)
    return _finding(rises, serving, scene) if rises else None


def _rises(serving: Serving, earlier: Sequence[Serving], level: float) -> Iterator[_Reason]:
    seen = {(one.code, one.column) for look in (serving, *earlier) for one in look.refused}
    for one in serving.refused:
        shares = [Share(_share(look, one.code, one.column), look.requests) for look in earlier]
        now = Share(one.requests / serving.requests, serving.requests)
        found = rise(now, shares, _LARGE, level / len(seen)) if one.requests >= _FEWEST_REFUSED else None
        if found is not None:
            yield _Reason(one.code, one.column, found)


def _share(look: Serving, code: str, column: str) -> float:
    return sum(one.requests for one in look.refused if (one.code, one.column) == (code, column)) / look.requests


def _finding(rises: Sequence[_Reason], serving: Serving, scene: Scene) -> Finding:
    columns = tuple(dict.fromkeys(one.column for one in rises if one.column))
    changes = tuple(_change(one, serving) for one in rises)
    said = [
        f"{one.column or 'requests'} {one.reason} in {percent(one.rise.now)}, {percent(one.rise.was)} before" for one in rises
    ]
    more = f"; and for {len(said) - _MOST_NAMED} more reasons" if len(said) > _MOST_NAMED else ""
    text = f"requests are refused more often than before: {'; '.join(said[:_MOST_NAMED])}{more}"
    kind: FindingKind = "data_fault" if sum(one.rise.now - one.rise.was for one in rises) >= _FAULT else "serving"
    found = of_the_model(kind, changes[0], text, scene)
    weight = scene.weight(columns) if columns and scene.importance else None
    return replace(found, columns=columns, changes=changes, weight=weight)


def _change(one: _Reason, serving: Serving) -> Change:
    was, now, evidence = one.rise.was, one.rise.now, one.rise.evidence
    return Change(
        column=one.column,
        check="refused",
        was=100 * was,
        now=100 * now,
        unit=f"% refused as {one.reason}" if one.column else f"% refused ({one.code})",
        effect=100 * (now - was),
        evidence=evidence.size,
        limit=evidence.limit,
        onset=Onset(start=serving.start, earliest=serving.start, latest=serving.end),
    )
