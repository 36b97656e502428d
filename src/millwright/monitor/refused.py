"""What never reaches the log: requests that are refused, by what is wrong with them. No profile can tell of a rise of these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from millwright.monitor.found import Scene, of_the_model
from millwright.monitor.variation import FEWEST_PERIODS, Evidence, Varied, beyond, even, two_samples
from millwright.monitor.words import percent
from millwright.records.deciding import Change, Finding, FindingKind, Onset
from millwright.records.watching import Serving

FEWEST_REQUESTS = 20
_FEWEST_REFUSED = 5
_LARGE, _LARGE_WITHOUT_HISTORY, _FAULT = 0.01, 0.05, 0.2
_MOST_NAMED = 3
_REASONS = {
    "contract.type": "of another type",
    "contract.null": "empty",
    "contract.missing_column": "not sent",
}


@dataclass(frozen=True, slots=True)
class _Rise:
    """One reason whose share of the requests rose."""

    code: str
    column: str
    was: float
    now: float
    evidence: Evidence

    @property
    def reason(self) -> str:
        """What is wrong, in words where there are some."""
        return _REASONS.get(self.code, self.code)


def refused(serving: Serving, earlier: Sequence[Serving], scene: Scene, level: float) -> Finding | None:
    """Reasons that are a larger share of the requests than between any two looks before, beyond how that share varied.

    earlier: between the looks before. Without one, nobody knows what is usual, and nothing is told.
    """
    before = [one for one in earlier if one.requests >= FEWEST_REQUESTS]
    if serving.requests < FEWEST_REQUESTS or not before:
        return None
    rises = sorted(_rises(serving, before, level), key=lambda rise: rise.was - rise.now)
    return _finding(rises, serving, scene) if rises else None


def _rises(serving: Serving, earlier: Sequence[Serving], level: float) -> Iterator[_Rise]:
    seen = {(one.code, one.column) for look in (serving, *earlier) for one in look.refused}
    rows = np.array([look.requests for look in earlier], dtype=np.float64)
    for one in serving.refused:
        shares = np.array([_share(look, one.code, one.column) for look in earlier])
        was, now = float(shares @ rows / rows.sum()), one.requests / serving.requests
        least = _LARGE if len(rows) >= FEWEST_PERIODS else _LARGE_WITHOUT_HISTORY
        evidence = _evidence(shares, rows, now, serving.requests, 2 * level / len(seen))
        if one.requests >= _FEWEST_REFUSED and now - float(shares.max()) >= least and evidence.real and evidence.size > 0:
            yield _Rise(one.code, one.column, was, now, evidence)


def _evidence(shares: np.ndarray, rows: np.ndarray, now: float, requests: int, level: float) -> Evidence:
    """One-sided at half of `level`."""
    scaled, noises = even(np.append(shares, now), np.append(rows, float(requests)))
    if len(shares) >= FEWEST_PERIODS:
        return beyond(Varied(scaled[:-1], noises[:-1]), float(scaled[-1]), float(noises[-1]), 1.0, level)
    pooled, noise = even(np.array([shares @ rows / rows.sum()]), np.array([rows.sum()]))
    return two_samples(float(scaled[-1] - pooled[0]), float(noises[-1] + noise[0]), level)


def _share(look: Serving, code: str, column: str) -> float:
    return sum(one.requests for one in look.refused if (one.code, one.column) == (code, column)) / look.requests


def _finding(rises: Sequence[_Rise], serving: Serving, scene: Scene) -> Finding:
    columns = tuple(dict.fromkeys(rise.column for rise in rises if rise.column))
    changes = tuple(_change(rise, serving) for rise in rises)
    said = [f"{rise.column or 'requests'} {rise.reason} in {percent(rise.now)}, {percent(rise.was)} before" for rise in rises]
    more = f"; and for {len(said) - _MOST_NAMED} more reasons" if len(said) > _MOST_NAMED else ""
    text = f"requests are refused more often than before: {'; '.join(said[:_MOST_NAMED])}{more}"
    kind: FindingKind = "data_fault" if sum(rise.now - rise.was for rise in rises) >= _FAULT else "serving"
    found = of_the_model(kind, changes[0], text, scene)
    weight = scene.weight(columns) if columns and scene.importance else None
    return replace(found, columns=columns, changes=changes, weight=weight)


def _change(rise: _Rise, serving: Serving) -> Change:
    return Change(
        column=rise.column,
        check="refused",
        was=100 * rise.was,
        now=100 * rise.now,
        unit=f"% refused as {rise.reason}" if rise.column else f"% refused ({rise.code})",
        effect=100 * (rise.now - rise.was),
        evidence=rise.evidence.size,
        limit=rise.evidence.limit,
        onset=Onset(start=serving.start, earliest=serving.start, latest=serving.end),
    )
