"""The pages behind the signed link of an alert: what would be done and why, and what was done. Pure."""

from collections.abc import Iterable

from millwright.alerts.evidence import one_line
from millwright.alerts.token import Answer
from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.shell import document
from millwright.evaluate.report.style import STYLE

_BUTTON = (
    ".answer button{font:inherit;font-weight:600;color:var(--panel);background:var(--accent);border:0;border-radius:8px;"
    "padding:10px 22px;cursor:pointer}.answer input{font:inherit;width:100%;max-width:44ch;padding:8px 10px;margin:0 0 14px;"
    "border:1px solid var(--faint);border-radius:8px;background:var(--panel);color:inherit;display:block}"
)
_VERB = {"approve": "Approve", "decline": "Decline", "acknowledge": "I look after it"}


def question_page(answer: Answer, lines: Iterable[str]) -> str:
    """The page that asks: what it is about, line by line, and one button. Looking at it does nothing."""
    what = "alert" if answer.action == "acknowledge" else "decision"
    head = f"{_VERB[answer.action]}: {what} {answer.number} of {answer.project}"
    form = tag(
        "form",
        tag("label", "Why (kept in the audit)", for_="reason"),
        Markup('<input id="reason" name="reason" maxlength="500" autocomplete="off"/>'),
        tag("button", _VERB[answer.action], type="submit"),
        method="post",
    )
    until = tag("p", f"This link counts once, until {answer.expires_at:%Y-%m-%d %H:%M} UTC.", class_="note")
    return _page(head, *(tag("p", one_line(line)) for line in lines), form, until)


def done_page(sentence: str) -> str:
    """The page that says what was done."""
    return _page(sentence)


def refused_page(sentence: str) -> str:
    """The page that says why nothing was done."""
    return _page("Nothing was done", tag("p", one_line(sentence)))


def _page(head: str, *parts: Markup) -> str:
    return document(head, STYLE + _BUTTON, tag("h1", one_line(head)), *parts, kind="answer")
