"""Missing values: more of them, or fewer, than any period had."""

from millwright.monitor.found import Found, Verb
from millwright.monitor.large import (
    EXPECTED_ROWS,
    FAULT_MISSING,
    FAULT_NEVER_MISSING,
    FEWEST_ROWS,
)
from millwright.monitor.readings import Readings
from millwright.monitor.sides import Sides
from millwright.monitor.statistic import Statistic
from millwright.monitor.variation import Evidence
from millwright.monitor.words import percent
from millwright.records.data import ColumnProfile
from millwright.records.deciding import Change

_EMPTY: Verb = ("was filled and is empty", "were filled and are empty")
_MORE: Verb = ("is missing more often than before", "are missing more often than before")
_LESS: Verb = ("is missing less often than before", "are missing less often than before")


def missing(sides: Sides, level: float) -> Found | None:
    """The share of rows without a usable value, against the periods' shares."""
    if sides.now.count < FEWEST_ROWS:
        return None
    readings = sides.read(share_missing)
    evidence = Statistic(readings).evidence(sides.pace, level, sides.gaps)
    low, high = _usual(readings)
    least = sides.least.missing
    if low - least < readings.now < high + least or not (evidence.real or _emptied(readings)):
        return None
    return _found(sides, readings, evidence, high)


def statistic(sides: Sides) -> Statistic | None:
    """The missing share as it is watched from window to window; None where nothing, or everything, was missing."""
    readings = sides.read(share_missing)
    return Statistic(readings) if 0.0 < readings.whole < 1.0 and readings.now_rows >= FEWEST_ROWS else None


def share_missing(profile: ColumnProfile) -> tuple[float, int]:
    """Texts that are no number, in a column of numbers, are missing too."""
    return ((profile.missing + profile.unparsed) / profile.count if profile.count else float("nan")), profile.count


def _usual(readings: Readings) -> tuple[float, float]:
    shares = [*readings.values[readings.rows > 0].tolist(), readings.whole]
    return min(shares), max(shares)


def _emptied(readings: Readings) -> bool:
    """Nothing came where, going by the emptiest period, some rows would have been filled."""
    _, high = _usual(readings)
    return readings.now == 1.0 and (1 - high) * readings.now_rows >= EXPECTED_ROWS


def _found(sides: Sides, readings: Readings, evidence: Evidence, high: float) -> Found:
    was, now = readings.whole, readings.now
    broken = now - was >= FAULT_MISSING or now == 1.0 or (high == 0 and now >= FAULT_NEVER_MISSING)
    verb = _LESS if now < was else _EMPTY if now == 1.0 else _MORE
    change = Change(
        column=sides.rule.name,
        check="missing",
        was=100 * was,
        now=100 * now,
        unit="% missing",
        effect=100 * (now - was),
        evidence=evidence.size,
        limit=evidence.limit,
    )
    said = f"{percent(now)} missing, {percent(was)} before"
    return Found("data_fault" if broken else "covariate", change, said, verb, evidence.by_periods)
