"""The figures behind an alert as rows of words, and where they lie on a line: the same for every channel."""

from collections.abc import Iterable, Iterator

from millwright.monitor.words import number
from millwright.records.alerting import Alert
from millwright.records.deciding import Change, Term
from millwright.records.record import record
from millwright.spec.words import printable

MOST = 8
"""Changes that are shown of one alert; the others are counted."""

TEXT_WIDTH = 21
_SPREAD = 3.0


@record
class Row:
    """One column's part: what was looked at, was and now in words, how sure, and the places of both between 0 and 1."""

    what: str
    was: str
    now: str
    sure: str
    places: tuple[float, float] | None


def rows_of(alert: Alert) -> list[Row]:
    """The changes of the alert's findings, the most important first."""
    return [_row(change) for finding in alert.findings for change in finding.changes][:MOST]


def more_of(alert: Alert) -> int:
    """How many changes are not among `rows_of`."""
    return max(0, sum(len(finding.changes) for finding in alert.findings) - MOST)


def terms_of(alert: Alert) -> Iterator[Term]:
    """The arithmetic of the alert's decision: each condition with its value and its limit."""
    for term in alert.decision.evidence.get("terms", ()) if alert.decision else ():
        yield Term(**{name: term[name] for name in ("name", "value", "limit", "holds")})


def one_line(text: str) -> str:
    """Text from data as it may stand in a heading: no line breaks, and nothing that cannot be seen."""
    return printable(" ".join(text.split()))


def drawn(row: Row) -> str:
    """The row's places as letters of one width: o was, # is now."""
    if row.places is None:
        return ""
    was, now = (round(place * (TEXT_WIDTH - 1)) for place in row.places)
    line = ["-" if min(was, now) < at < max(was, now) else "." for at in range(TEXT_WIDTH)]
    line[was], line[now] = "o", "#"
    return "".join(line)


def aligned(rows: Iterable[Row]) -> list[str]:
    """The rows as text in columns."""
    cells = [(one_line(row.what), drawn(row), f"{row.was} -> {row.now}", row.sure) for row in rows]
    widths = [max((len(line[i]) for line in cells), default=0) for i in range(4)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _row(change: Change) -> Row:
    of = f"{change.column}, {_plain_unit(change)}" if change.column else _plain_unit(change)
    return Row(
        what=of, was=_figure(change, change.was), now=_figure(change, change.now), sure=_sure(change), places=places(change)
    )


def _sure(change: Change) -> str:
    """How sure it is; what was gathered from window to window has its own measure."""
    if change.evidence is None or change.limit is None:
        return ""
    if change.check == "slow_drift":
        return f"evidence {number(change.evidence)} (told where all average {number(change.limit)})"
    return f"{number(abs(change.evidence))} standard errors (limit {number(change.limit)})"


def _plain_unit(change: Change) -> str:
    return change.unit.removeprefix("% ")


def _figure(change: Change, value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"{number(value)} %" if change.unit.startswith("%") else number(value)


def places(change: Change) -> tuple[float, float] | None:
    """Where was and now lie on a line from 0 to 1, for a picture.

    A mean lies on a line that is as many standard deviations long as the change needs, six at least; all else on one that
    begins at 0.
    """
    if change.was is None or change.now is None or not change.was < float("inf") or not change.now < float("inf"):
        return None
    if change.unit == "mean" and change.effect and change.was != change.now:
        deviation = abs((change.now - change.was) / change.effect)
        reach = deviation * max(_SPREAD, 1.1 * abs(change.effect))
        return 0.5, min(max(0.5 + (change.now - change.was) / (2 * reach), 0.0), 1.0)
    low, high = min(0.0, change.was, change.now), max(0.0, change.was, change.now)
    if low == high:
        return None
    return (change.was - low) / (high - low), (change.now - low) / (high - low)
