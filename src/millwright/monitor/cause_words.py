"""A cause in a sentence that a person understands: what, when, how much of it, and how much that matters."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from millwright.monitor.grouping import Group, Part
from millwright.monitor.words import MOST_NAMED, day, names, number, percent
from millwright.records.causing import Cause
from millwright.records.deciding import Change, Finding, FindingKind, Onset

_DAY = timedelta(days=1)
_WHOLE = 99.95
_SAYS_MOST = {check: place for place, check in enumerate(("unit", "missing", "constant", "unseen", "refused", "range"))}
"""Of several findings about one column, which says best what happened."""
_ALONE: dict[FindingKind, str] = {
    "data_fault": "broke",
    "covariate": "moved",
    "label": "shifted",
    "concept": "changed",
    "serving": "is in trouble",
}
_TOGETHER: dict[FindingKind, str] = {
    "data_fault": "broke together",
    "covariate": "moved",
    "label": "shifted",
    "concept": "changed",
    "serving": "are in trouble",
}


def sentence_of(cause: Cause, group: Group, zone: str) -> tuple[str, str]:
    """The title of a cause and its sentence."""
    findings = list({part.finding.id: part.finding for part in group}.values())
    when = when_in_words(cause.onset, zone)
    whole = not cause.columns or len(cause.columns) == len(findings[0].columns)
    if len(findings) == 1 and whole and not _is_a_feed(cause):
        return _of_one(findings[0], when, zone)
    title = _head(cause, findings)
    parts = [
        *_of_columns(sorted(group, key=lambda part: _place(part.column, cause.columns))),
        *(_headline(f) for f in findings if not f.columns),
    ]
    text = f"{title} {when}: {'; '.join(parts)}"
    text += _where_alone(findings)
    if cause.weight is not None:
        holds = "it holds" if len(cause.columns) == 1 else "they hold"
        text += f"; {holds} {percent(cause.weight)} of what the model looks at"
    return title, text


def _where_alone(findings: Sequence[Finding]) -> str:
    """The slices of findings of which none is of the whole."""
    slices = dict.fromkeys(finding.slice for finding in findings)
    return "" if "" in slices else f"; where {' and where '.join(slices)}"


def when_in_words(onset: Onset, zone: str) -> str:
    """When it began, as closely as is known.

    >>> from datetime import UTC, datetime
    >>> at = lambda day, hour: datetime(2013, 8, day, hour, tzinfo=UTC)
    >>> when_in_words(Onset(start=at(3, 2), earliest=at(3, 2), latest=at(3, 9)), "UTC")
    'on 3 August 2013, between 02:00 and 09:00'
    >>> when_in_words(Onset(start=at(3, 2), earliest=at(3, 0), latest=at(5, 0)), "UTC")
    'between 3 August 2013 and 4 August 2013'
    >>> when_in_words(Onset(start=at(3, 2), earliest=at(3, 0), latest=at(4, 0)), "UTC")
    'on 3 August 2013'
    """
    low, high = (moment.astimezone(ZoneInfo(zone)) for moment in (onset.earliest, onset.latest))
    if high - low < timedelta(minutes=1):
        return f"since {day(low, zone)}"
    last = high - timedelta(microseconds=1)
    if low.date() == last.date():
        whole = high - low >= _DAY - timedelta(minutes=1)
        return f"on {day(low, zone)}" + ("" if whole else f", between {low:%H:%M} and {high:%H:%M}")
    if high - low < _DAY:
        return f"between {day(low, zone)} {low:%H:%M} and {day(high, zone)} {high:%H:%M}"
    return f"between {day(low, zone)} and {day(last, zone)}"


def _of_one(finding: Finding, when: str, zone: str) -> tuple[str, str]:
    """A finding by itself says it already; only when it began is said closer."""
    if not any(change.onset for change in finding.changes):
        return _headline(finding), finding.sentence
    head = _headline(finding)
    rest = finding.sentence.removeprefix(head).removeprefix(": ")
    return head, f"{head} {when}: {rest.replace(f' (since {day(finding.since, zone)})', '')}"


def _is_a_feed(cause: Cause) -> bool:
    """Whether a feed that somebody named broke."""
    return bool(cause.feed) and bool(cause.columns)


def _head(cause: Cause, findings: Sequence[Finding]) -> str:
    many = len(cause.columns)
    if _is_a_feed(cause):
        return f"the {cause.feed} feed broke" if cause.kind == "data_fault" else f"what the {cause.feed} feed brings moved"
    if many > 1:
        return f"{many} columns {_TOGETHER[cause.kind]}"
    if many == 1 and all(len(finding.columns) > 1 for finding in findings):  # of a finding this is but a part
        return f"{cause.columns[0]} {_ALONE[cause.kind]}"
    if many == 1:
        return _headline(
            min(findings, key=lambda one: (one.kind != cause.kind, _SAYS_MOST.get(one.check or "", len(_SAYS_MOST))))
        )
    return {
        "label": "the outcomes shifted",
        "concept": "the model does worse than it did",
        "serving": "the server is in trouble",
    }.get(cause.kind) or _headline(findings[0])


def _headline(finding: Finding) -> str:
    """What a sentence says before its figures, with the slice that it is of."""
    where = f"where {finding.slice}: " if finding.slice else ""
    return where + finding.sentence.removeprefix(where).partition(": ")[0]


def _of_columns(group: Sequence[Part]) -> list[str]:
    """What each column does, those that do the same named together; the most important first."""
    each: dict[str, list[Change]] = {}
    for part in group:
        if part.change and part.column:
            each.setdefault(part.column, []).append(part.change)
    said: dict[str, list[str]] = {}
    for column, changes in each.items():
        said.setdefault(_all_words(changes), []).append(column)
    texts = [f"{names(columns)} {words}" for words, columns in said.items()]
    more = len(texts) - MOST_NAMED
    return texts if more <= 0 else [*texts[:MOST_NAMED], f"and {more} more changes"]


def _all_words(changes: Sequence[Change]) -> str:
    """Of a column in another unit that is all there is to say: its values lie elsewhere, too."""
    units = [change for change in changes if change.check == "unit"]
    return " and ".join(dict.fromkeys(map(_words, units or changes)))


def _place(column: str, columns: Sequence[str]) -> int:
    return columns.index(column) if column in columns else len(columns)


def _words(change: Change) -> str:
    """What one column does, shortly."""
    now, was = change.now or 0.0, change.was or 0.0
    if change.check == "missing":
        if now >= _WHOLE:
            return "missing"
        return f"{percent(now / 100)} missing, {percent(was / 100)} before"
    if change.check == "unit":
        return "in another unit or scale"
    if change.check == "constant":
        return "standing still"
    if change.check == "unseen":
        return f"{percent(now / 100)} never seen before"
    if change.check == "range":
        return f"{percent(now / 100)} {change.unit.removeprefix('% ')}"
    if change.unit.startswith("% "):
        return f"{percent(now / 100)} {change.unit.removeprefix('% ')}, {percent(was / 100)} before"
    return f"{change.unit} {number(now)}, {number(was)} before"
