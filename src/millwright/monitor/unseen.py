"""Levels that the model never saw: a few are new things in the world, most of them a changed coding."""

from dataclasses import replace

from millwright.monitor.found import Found
from millwright.monitor.large import FAULT_UNSEEN, FEWEST_ROWS, LARGE
from millwright.monitor.measures import Measure, filled
from millwright.monitor.readings import Readings
from millwright.monitor.sides import Sides
from millwright.monitor.statistic import Statistic
from millwright.monitor.words import percent
from millwright.records.data import ColumnProfile
from millwright.records.deciding import Change


def unseen(sides: Sides, level: float) -> Found | None:
    """The share of rows whose level the contract does not list, beside what so many rows would bring by themselves."""
    if sides.rule.kind != "category" or sides.rule.levels is None or filled(sides.now) < FEWEST_ROWS:
        return None
    known = frozenset(sides.rule.levels)
    was, now = _unlisted(sides.before, known) / max(filled(sides.before), 1), _share_now(sides.now, known)
    evidence = Statistic(_readings(sides, known, now)).evidence(sides.pace, level)
    if now - was < LARGE.unseen or not evidence.real or evidence.size < 0:
        return None
    change = Change(
        column=sides.rule.name,
        check="unseen",
        was=100 * was,
        now=100 * now,
        unit="% unseen",
        effect=100 * (now - was),
        evidence=evidence.size,
        limit=evidence.limit,
    )
    said = f"{percent(now)} of the rows have such a value{_example(sides, known)}, {percent(was)} before"
    return Found("data_fault" if now >= FAULT_UNSEEN else "covariate", change, said, None, evidence.by_periods)


def share_unlisted(sides: Sides) -> Measure:
    """The share of rows whose level the contract does not list."""
    known = frozenset(sides.rule.levels or ())

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        rows = filled(profile)
        return (_unlisted(profile, known) / rows if rows else float("nan")), rows

    return measure


def _readings(sides: Sides, known: frozenset[str], now: float) -> Readings:
    expected = _expected_new(sides.before)

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        rows = filled(profile)
        return (_unlisted(profile, known) / rows + expected if rows else float("nan")), rows

    return replace(sides.read(measure), now=now)


def _unlisted(profile: ColumnProfile, known: frozenset[str]) -> int:
    return sum(count for level, count in profile.top if level not in known)


def _share_now(profile: ColumnProfile, known: frozenset[str]) -> float:
    """More levels than a profile names are more than a contract lists: those it does not name are new too."""
    return (_unlisted(profile, known) + profile.other) / filled(profile)


def _expected_new(before: ColumnProfile) -> float:
    """The chance that one more row has a level of its own: the share of rows whose level came once (Good, "The population
    frequencies of species", Biometrika 40, 1953)."""
    return sum(count == 1 for _, count in before.top) / max(filled(before), 1)


def _example(sides: Sides, known: frozenset[str]) -> str:
    """The commonest new level, unless the column is personal."""
    level = next((level for level, _ in sides.now.top if level not in known), None)
    return "" if level is None or sides.rule.pii else f', such as "{level}"'
