"""When a rehearsal begins, when it ends, and what is put into it: settled before anything is trained."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from millwright.errors import DataRefused, Problem, SpecError, nearest
from millwright.loop.rehearsal.fault import Fault, parse_fault
from millwright.loop.rehearsal.table import FEWEST_LEARNT, FEWEST_PLAYED, History
from millwright.records.rehearsing import Asked
from millwright.records.spec import Spec
from millwright.spec.durations import parse_duration

DAY = timedelta(days=1)
WAYS = ("policy", "never", "every", "scheduled", "oracle")


@dataclass(frozen=True, slots=True)
class Plan:
    """begin: the first moment that is learnt from; start: the first that is played; end: that after the last.

    every_k: how many windows lie between two retrains of the way `scheduled`.
    """

    begin: datetime
    start: datetime
    end: datetime
    faults: tuple[Fault, ...]
    ways: tuple[str, ...]
    every_k: int


def check_asked(asked: Asked, spec: Spec) -> tuple[tuple[Fault, ...], tuple[str, ...]]:
    """What can be said without looking at the table: the faults and the ways. Raises SpecError."""
    faults = tuple(parse_fault(text, spec.data.zone) for text in asked.inject)
    unknown = [way for way in asked.ways if way not in WAYS]
    if unknown:
        raise SpecError([Problem("--ways", f'there is no way "{unknown[0]}"', f"some of {', '.join(WAYS)}")])
    if not 0 < asked.train_share < 1:
        raise SpecError(
            [Problem("--train-share", f"{asked.train_share} is no share", "write one between 0 and 1, such as 0.3")]
        )
    if asked.within is not None and asked.within < 0:
        raise SpecError([Problem("--within", f"{asked.within} is less than nothing", "write how much worse is good enough")])
    return faults, tuple(way for way in WAYS if way in asked.ways or way == "policy")


def plan_of(asked: Asked, spec: Spec, history: History) -> Plan:
    """The plan for a table. Raises DataRefused where it is too short for one, SpecError for a date that is none."""
    faults, ways = check_asked(asked, spec)
    zone = ZoneInfo(spec.data.zone)
    begin = _moment(asked.begin, "--from", zone) or history.first
    end = _moment(asked.until, "--until", zone) or _next_midnight(history.last)
    _refuse_empty(history, begin, end)
    start = _moment(asked.train_until, "--train-until", zone) or history.moment_after(asked.train_share, begin, end)
    plan = Plan(begin, start, end, tuple(_ending(f, end) for f in faults), ways, _windows_between(spec))
    _refuse_short(history, plan, spec)
    _refuse_unseen(plan, history)
    return plan


def window_ends(ends: Sequence[datetime], spec: Spec) -> list[datetime]:
    """Of the ends at which the loop looked those of windows that do not overlap."""
    watch = spec.watch
    if watch.rows is not None:
        step = -(-watch.rows // (watch.every_rows or watch.rows))
    else:
        step = max(1, round(parse_duration(watch.window) / parse_duration(watch.every)))
    return list(ends[step - 1 :: step])


def _windows_between(spec: Spec) -> int:
    """As policy.schedule says; four windows without one."""
    if spec.policy.schedule is None:
        return 4
    return max(2, round(parse_duration(spec.policy.schedule) / parse_duration(spec.watch.window)))


def _ending(fault: Fault, end: datetime) -> Fault:
    return replace(fault, end=min(fault.end, end))


def _moment(text: str | None, option: str, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SpecError([Problem(option, f'"{text}" is no date', "write 2013-08-01 or 2013-08-01T12:00")]) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _next_midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + DAY


def _refuse_empty(history: History, begin: datetime, end: datetime) -> None:
    if not history.rows(begin, end):
        spans = f"its rows happened from {history.first:%Y-%m-%d} to {history.last:%Y-%m-%d}"
        raise DataRefused(f"no row happened from {begin:%Y-%m-%d} to {end:%Y-%m-%d}", fix=spans, code="rehearsal.empty")


def _refuse_short(history: History, plan: Plan, spec: Spec) -> None:
    learnt, played = history.known_by(plan.begin, plan.start), history.rows(plan.start, plan.end)
    if learnt < FEWEST_LEARNT:
        raise DataRefused(
            f"{learnt:,} rows had come true before {plan.start:%Y-%m-%d}: a first model needs {FEWEST_LEARNT}",
            fix="choose a later --train-until, a larger --train-share or an earlier --from",
            code="rehearsal.short",
        )
    window = parse_duration(spec.watch.window)
    if played < FEWEST_PLAYED or plan.end - plan.start < window:
        raise DataRefused(
            f"{played:,} rows in {(plan.end - plan.start) / DAY:.0f} days are left to play: "
            f"at least {FEWEST_PLAYED} rows and one window ({spec.watch.window}) are needed",
            fix="choose an earlier --train-until, a smaller --train-share or a later --until, or a shorter watch.window",
            code="rehearsal.short",
        )


def _refuse_unseen(plan: Plan, history: History) -> None:
    """A fault that changes nothing is a mistake in how it was written."""
    problems = []
    for fault in plan.faults:
        if fault.column and not any(name == fault.column or fnmatchcase(name, fault.column) for name in history.columns):
            fix = nearest(fault.column, history.columns) or f"columns: {', '.join(history.columns[:12])}"
            problems.append(Problem(f"--inject {fault.text}", f'there is no column "{fault.column}"', fix))
        elif fault.end <= plan.start or fault.start >= plan.end:
            fix = f"what is played is {plan.start:%Y-%m-%d} to {plan.end:%Y-%m-%d}"
            problems.append(Problem(f"--inject {fault.text}", "it lies outside of what is played", fix))
    if problems:
        raise SpecError(problems)
