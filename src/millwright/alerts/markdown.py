"""A message as Markdown, as issue trackers show it."""

import re
from collections.abc import Iterator

from millwright.alerts.evidence import Row, drawn, more_of, one_line, rows_of, terms_of
from millwright.records.alerting import Message, Told

_SPECIAL = re.compile(r"[\\`*_\[\]<>|#~]")


def as_markdown(message: Message) -> str:
    """The whole message. Names from the data can make no markup and call nobody."""
    return "\n\n---\n\n".join("\n".join(_lines(told)) for told in message.told) + "\n"


def plain(text: str) -> str:
    """Text that is shown as it is."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], one_line(text)).replace("@", "&#64;")


def _lines(told: Told) -> Iterator[str]:
    alert = told.alert
    yield f"**{plain(alert.sentence)}**"
    if alert.action:
        yield from ("", plain(alert.action))
    rows, terms = rows_of(alert), list(terms_of(alert))
    if rows:
        yield from ("", "| | before (o) and now (#) | was | now | how sure |", "| --- | --- | --- | --- | --- |")
        yield from map(_row, rows)
    if more := more_of(alert):
        yield from ("", f"And {more} more.")
    if terms:
        yield from ("", "| condition | value | limit | holds |", "| --- | --- | --- | --- |")
        yield from (f"| {plain(t.name)} | {plain(t.value)} | {plain(t.limit)} | {'yes' if t.holds else 'no'} |" for t in terms)
    if alert.rows:
        yield from ("", "The rows to look at:", "", *_code([alert.rows]))
    yield from ("", "What you can do:", "", *_code([f"{button.command}   # {button.words}" for button in told.buttons]))
    yield from (f"\n[{button.words}]({button.link})" for button in told.buttons if button.link)
    yield from ("", f"Alert {told.number} of {plain(alert.project)}, {alert.at:%Y-%m-%d %H:%M} UTC, {alert.severity}.")


def _row(row: Row) -> str:
    cells = (plain(row.what), f"`{drawn(row)}`" if row.places else "", plain(row.was), plain(row.now), plain(row.sure))
    return f"| {' | '.join(cells)} |"


def _code(lines: list[str]) -> list[str]:
    """A block of code that nothing in it can end."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *lines, fence]
