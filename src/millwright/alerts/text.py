"""A message as plain text: for mail, files and terminals."""

from collections.abc import Iterator

from millwright.alerts.evidence import aligned, more_of, one_line, rows_of, terms_of
from millwright.records.alerting import Message, Told


def as_text(message: Message) -> str:
    """The whole message."""
    parts = ["\n".join(lines_of(told)) for told in message.told]
    rule = f"\n\n{'-' * 60}\n\n"
    return rule.join(parts) + "\n"


def lines_of(told: Told) -> Iterator[str]:
    """One alert: the sentence, what was decided, the figures, the arithmetic, the rows, the buttons."""
    alert = told.alert
    seen = f", seen {told.times} times" if told.times > 1 else ""
    yield f"[{alert.severity}] {one_line(alert.title)} (alert {told.number}, {alert.at:%Y-%m-%d %H:%M} UTC{seen})"
    yield ""
    yield one_line(alert.sentence)
    if alert.action:
        yield one_line(alert.action)
    rows, terms = aligned(rows_of(alert)), list(terms_of(alert))
    if rows:
        yield from ("", "Before (o) and now (#):", *(f"  {row}" for row in rows))
    if more := more_of(alert):
        yield f"  and {more} more"
    if terms:
        yield from ("", "The arithmetic of the decision:")
        yield from (f"  {'yes' if term.holds else 'no ':<3} {term.name}: {term.value} ({term.limit})" for term in terms)
    if alert.rows:
        yield from ("", "The rows to look at:", f"  {alert.rows}")
    if told.buttons:
        yield from ("", "What you can do:")
    for button in told.buttons:
        yield f"  {button.words}: {button.command}"
        if button.link:
            yield f"    {button.link}"
