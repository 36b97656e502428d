"""Slack-compatible incoming webhooks: blocks, with the text for what shows no blocks."""

from collections.abc import Iterator
from typing import Any

from millwright.alerts.channel import Surroundings
from millwright.alerts.evidence import aligned, more_of, one_line, rows_of
from millwright.alerts.http_post import post
from millwright.records.alerting import Message, Told
from millwright.records.codec import to_json
from millwright.records.spec import ChannelSpec

Block = dict[str, Any]

MOST_SHOWN = 6
"""Alerts of a digest that are shown; the others are counted. Each takes up to 7 blocks, and Slack takes 50 in all."""

_LONGEST_HEAD, _LONGEST_TEXT = 150, 2900
_SIGN = {"note": ":information_source:", "alarm": ":warning:", "page": ":rotating_light:"}


class Slack:
    """Posts to the incoming webhook at `url`."""

    def __init__(self, spec: ChannelSpec, around: Surroundings) -> None:
        self._spec, self._around = spec, around

    def send(self, message: Message) -> None:
        """Post it. Raises Undeliverable."""
        url = self._around.reveal(self._spec.url or "")
        post(url, to_json(as_blocks(message)), {"Content-Type": "application/json"}, private=self._spec.private)


def as_blocks(message: Message) -> Block:
    """What is posted. Names from the data can neither make links nor call people."""
    shown = message.told[:MOST_SHOWN]
    head = {"type": "header", "text": {"type": "plain_text", "text": one_line(message.subject)[:_LONGEST_HEAD]}}
    blocks = [head, *(block for told in shown for block in _blocks(told))]
    if len(message.told) > len(shown):
        blocks.append(_context(f"and {len(message.told) - len(shown)} more: `mw alerts`"))
    return {"text": _safe(message.subject), "blocks": blocks}


def _blocks(told: Told) -> Iterator[Block]:
    alert = told.alert
    action = f"\n{_safe(alert.action)}" if alert.action else ""
    yield _section(_cut(f"{_SIGN[alert.severity]} {_safe(alert.sentence)}{action}"))
    rows = aligned(rows_of(alert))
    if more := more_of(alert):
        rows.append(f"and {more} more")
    if rows:
        yield _section(f"```{_cut(_safe_lines(rows))}```")
    yield from _buttons(told)
    if alert.rows:
        yield _section(f"Rows to look at:\n```{_cut(_escape(alert.rows))}```")
    seen = f" · seen {told.times} times" if told.times > 1 else ""
    yield _context(f"alert {told.number} · {alert.at:%Y-%m-%d %H:%M} UTC{seen}")
    yield {"type": "divider"}


def _buttons(told: Told) -> Iterator[Block]:
    linked = [button for button in told.buttons if button.link]
    if linked:
        elements = [
            {"type": "button", "text": {"type": "plain_text", "text": button.words}, "url": button.link} for button in linked
        ]
        yield {"type": "actions", "elements": elements}
    yield _section(_cut("\n".join(f"{button.words}: `{_escape(button.command)}`" for button in told.buttons)) or "-")


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _safe(text: str) -> str:
    return _cut(_escape(one_line(text)))


def _safe_lines(lines: list[str]) -> str:
    return "\n".join(_escape(line).replace("```", "'''") for line in lines)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
