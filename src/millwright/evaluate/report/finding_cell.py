"""A finding in a notebook: what changed, when it began, by how much, in which columns."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from millwright.evaluate.report.cell import cell
from millwright.evaluate.report.figures import many, number, percent
from millwright.evaluate.report.html import Markup, table, tag
from millwright.evaluate.report.lanes import Bar, Lane, Sign, lanes_plot
from millwright.evaluate.report.story_words import brief, sentence
from millwright.evaluate.report.svg import shortened
from millwright.evaluate.report.two_widths import ROOMY
from millwright.records.deciding import Change, Finding

_KINDS: Mapping[str, str] = {
    "data_fault": "A broken feed",
    "covariate": "Other inputs",
    "label": "Another share of outcomes",
    "concept": "Another relation between inputs and outcomes",
    "serving": "The serving itself",
}
_MOST_CHANGES, _ZONE = 12, "UTC"


def finding_cell(found: Finding) -> str:
    """The finding as HTML for a notebook. Moments are in UTC."""
    where = f"{found.project}, finding {found.id[:8]}"
    parts = (_facts(found), _when(found), _changes(found))
    return cell("Finding", sentence(found.sentence, named=True), *parts, project=where, more="`mw findings` lists all of it.")


def _facts(found: Finding) -> Markup:
    return tag("ul", *(tag("li", fact) for fact in _said(found)))


def _said(found: Finding) -> Iterator[str]:
    yield f"{_KINDS.get(found.kind, found.kind)}{f', by the check {found.check}' if found.check else ''}."
    until = f", ended {brief(found.until, _ZONE)}" if found.until else ""
    rows = f"found on {many(found.rows, 'row')} up to {brief(found.event_at, _ZONE)} UTC"
    yield f"Since {brief(found.since, _ZONE)}{until}; {rows}."
    if found.weight is not None:
        yield f"Its columns hold {percent(found.weight)} of what moves the answers of v{found.version or '?'}."
    if found.loss is not None:
        how = "measured on labels" if found.loss.measured else "expected, without labels"
        yield f"It may cost {percent(found.loss.share)} of what the model is worth while it lasts ({how})."


def _when(found: Finding) -> Markup:
    """The window it was found in, since when it is so, and when each change began."""
    lanes = tuple(_lanes(found))
    moments = [moment for lane in lanes for bar in lane.bars for moment in (bar.start, bar.until)]
    if max(moments) <= min(moments):
        return Markup("")
    said = "; ".join(bar.said for lane in lanes for bar in lane.bars)
    return tag("div", lanes_plot(lanes, (), min(moments), max(moments), said, zone=_ZONE, width=ROOMY), class_="panel")


def _lanes(found: Finding) -> Iterator[Lane]:
    start, end = found.start or found.since, found.until or found.event_at
    yield Lane("looked at", (_bar(start, found.event_at, "the window", "live"),))
    yield Lane("so since", (_bar(found.since, max(end, found.since), "since then", "fault"),))
    for change in found.changes[:_MOST_CHANGES]:
        if change.onset is not None:
            onset = change.onset
            began = Sign(onset.start, "alert", "", f"{change.column} began most likely {brief(onset.start, _ZONE)}")
            bar = _bar(onset.earliest, onset.latest, f"{change.column} began", "canary")
            yield Lane(shortened(change.column, 13), (bar,), (began,))


def _bar(start: datetime, until: datetime, words: str, kind: str) -> Bar:
    return Bar(start, until, "", kind, f"{words}: {brief(start, _ZONE)} to {brief(until, _ZONE)}")


def _changes(found: Finding) -> Markup:
    if not found.changes:
        return tag("p", f"Columns: {', '.join(found.columns[:40])}.", class_="note") if found.columns else Markup("")
    rows = [_row(change) for change in found.changes[:_MOST_CHANGES]]
    rest = len(found.changes) - len(rows)
    more = tag("p", f"And {rest:,} more.", class_="note") if rest else ""
    head = ("column", "check", "was", "now", "evidence", "its limit", "began")
    return tag("div", table(head, rows, (2, 3, 4, 5)), more)


def _row(change: Change) -> tuple[str, ...]:
    unit = f" {change.unit}" if change.unit else ""
    return (
        shortened(change.column, 60),
        change.check,
        f"{number(change.was)}{unit}",
        f"{number(change.now)}{unit}",
        number(change.evidence),
        number(change.limit),
        brief(change.onset.start, _ZONE) if change.onset else "\N{EN DASH}",
    )
