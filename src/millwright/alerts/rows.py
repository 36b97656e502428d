"""The command that lists the rows to look at."""

import math
import shlex
from datetime import datetime, timedelta

from millwright.records.deciding import Finding

MARGIN = 7
"""Days that --since reaches further back, so that the command still works a week later."""

_PLAIN_IN_DOUBLE_QUOTES = frozenset('"$`\\!')


def rows_to_look_at(finding: Finding, now: datetime) -> str:
    """`mw log predictions ...` for the rows of a finding; empty where it is about no window.

    The columns that came empty or with unknown values are asked for; else all rows of the window and the version.
    """
    if finding.start is None or finding.check in ("volume", "label_feed"):
        return ""
    days = max(1, math.ceil((now - finding.start) / timedelta(days=1))) + MARGIN
    terms = [f"event_at >= '{_moment(finding.start)}'", f"event_at < '{_moment(finding.event_at)}'"]
    if finding.version is not None:
        terms.append(f"version = {finding.version}")
    special = [term for column in finding.columns[:4] if (term := _of_column(finding, column))]
    if special:
        terms.append(f"({' or '.join(special)})" if len(special) > 1 else special[0])
    if finding.check in ("decay", "worse_than_before", "label_shift"):
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
