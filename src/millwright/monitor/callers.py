"""Who asks: one client that all at once asks much more of the rows than on any day before, so that the whole is mostly what it
sends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.monitor.found import Scene, of_the_model
from millwright.monitor.inputs import Live, Observed, Reference
from millwright.monitor.large import FEWEST_ROWS
from millwright.monitor.live import FEWEST
from millwright.monitor.rises import Rise, Share, rise
from millwright.monitor.words import percent
from millwright.records.data import SliceProfile
from millwright.records.deciding import Change, Finding

_LARGE = (0.1, 0.2)
"""By how much a share must pass the largest of any live day; the second is for too few days, where nothing is told."""


@dataclass(frozen=True, slots=True)
class _Crowding:
    """A caller whose share of the rows rose."""

    name: str
    rise: Rise


def crowding(reference: Reference, observed: Observed, scene: Scene, level: float) -> Finding | None:
    """Callers that asked a surely and much larger share of the rows than on any live day on which it is known who asked."""
    slices = observed.profile.slices if observed.profile is not None else ()
    callers = [one for one in slices if one.of == "caller"]
    days = _named_days(reference.live) if reference.live is not None else {}
    if not callers or len(days) < FEWEST or reference.live is None or observed.rows < FEWEST_ROWS:
        return None
    found = sorted(_rises(callers, reference.live, days, observed.rows, level), key=lambda one: one.rise.was - one.rise.now)
    return _finding(found, scene) if found else None


def _named_days(live: Live) -> dict[str, int]:
    """The rows of each live day on which some say who asked them: of the others nobody knows anybody's share."""
    named = {period.period for (of, _, _), periods in live.slices.items() if of == "caller" for period in periods}
    return {period.period: period.rows for period in live.periods if period.period in named}


def _rises(callers: Sequence[SliceProfile], live: Live, days: dict[str, int], rows: int, level: float) -> Iterator[_Crowding]:
    """The window's share is taken for that of one more day: it varies no more than that, and has the rows of one."""
    of_a_day = round(sum(days.values()) / len(days))
    for one in callers:
        asked = {period.period: period.rows for period in live.slices.get(one.key, ())}
        before = [Share(asked.get(day, 0) / whole, whole) for day, whole in days.items() if whole]
        found = rise(Share(one.rows / rows, of_a_day), before, _LARGE, level / len(callers))
        if found is not None:
            yield _Crowding(one.level, found)


def _finding(found: Sequence[_Crowding], scene: Scene) -> Finding:
    said = [f'"{one.name}" asked {percent(one.rise.now)}, {percent(one.rise.was)} before' for one in found]
    text = f"{'keys ask' if len(found) > 1 else 'one key asks'} far more of the rows than before: {'; '.join(said)}"
    return of_the_model("covariate", _change(found[0]), text, scene)


def _change(one: _Crowding) -> Change:
    was, now, evidence = one.rise.was, one.rise.now, one.rise.evidence
    return Change(
        column="",
        check="callers",
        was=100 * was,
        now=100 * now,
        unit=f'% of the rows asked by the key "{one.name}"',
        effect=100 * (now - was),
        evidence=evidence.size,
        limit=evidence.limit,
    )
