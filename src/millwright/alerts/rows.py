"""The command that lists the rows to look at."""

import math
import shlex
from collections.abc import Sequence
from datetime import datetime, timedelta

from millwright.records.causing import Cause
from millwright.records.deciding import Finding

MARGIN = 7
"""Days that --since reaches further back, so that the command still works a week later."""

_MOST_COLUMNS = 4
_NO_ROWS = frozenset({"volume", "label_feed", "no_data"})
_OF_LABELS = frozenset({"decay", "worse_than_before", "label_flip", "label_shift"})
_PLAIN_IN_DOUBLE_QUOTES = frozenset('"$`\\!')


def rows_to_look_at(finding: Finding, now: datetime) -> str:
    """`mw log predictions ...` for the rows of a finding; empty where it is about no window.

    The columns that came empty or with unknown values are asked for; else all rows of the window and the version.
    """
    if finding.start is None or finding.check in _NO_ROWS:
        return ""
    return _command((finding,), finding.start, finding.event_at, finding.version, now)


def rows_of_cause(cause: Cause, found: Sequence[Finding], now: datetime) -> str:
    """The same for a cause and what was found of it: the rows since it can have begun."""
    about_rows = [finding for finding in found if finding.start is not None and finding.check not in _NO_ROWS]
    if not about_rows:
        return ""
    late = all(finding.check in _OF_LABELS for finding in about_rows)
    start = cause.start if late else min(cause.onset.earliest, cause.event_at)
    broke = cause.kind == "data_fault" and cause.columns
    return _command(about_rows, start, cause.event_at, None if broke else cause.version, now)


def _command(found: Sequence[Finding], start: datetime, end: datetime, version: int | None, now: datetime) -> str:
    days = max(1, math.ceil((now - start) / timedelta(days=1))) + MARGIN
    terms = [f"event_at >= '{_moment(start)}'", f"event_at < '{_moment(end)}'"]
    if version is not None:
        terms.append(f"version = {version}")
    each = {column: _of_column(finding, column) for finding in found for column in finding.columns[:_MOST_COLUMNS]}
    special = [*each.values()][:_MOST_COLUMNS]
    if special and all(special):
        terms.append(f"({' or '.join(special)})" if len(special) > 1 else special[0])
    if all(finding.check in _OF_LABELS for finding in found):
        terms.append("label is not null")
    return f"mw log predictions --since {days}d --where {quoted(' and '.join(terms))}"


def _of_column(finding: Finding, column: str) -> str:
    if finding.check == "missing":
        return f"{identifier(column)} is null"
    if finding.check == "unseen":
        return f"list_contains(flags, '{('unseen:' + column).replace(chr(39), chr(39) * 2)}')"
    return ""


def identifier(name: str) -> str:
    """A column as a condition names it."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _moment(at: datetime) -> str:
    """As the log has it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def quoted(text: str) -> str:
    """For a shell: in double quotes where they change nothing, since the condition itself has single ones."""
    return shlex.quote(text) if _PLAIN_IN_DOUBLE_QUOTES & set(text) else f'"{text}"'
