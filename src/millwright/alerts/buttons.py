"""What a person may do about an alert: the commands, and the links where there are any."""

from collections.abc import Callable, Iterator

from millwright.records.alerting import Alert, Button
from millwright.records.deciding import Decision

Link = Callable[[str, int], str]
"""The signed link by which something is answered: (approve, decline or acknowledge; its number) -> address, or nothing."""

_ADVICE = {
    "retrain": "mw train",
    "rollback": "mw rollback",
    "abort": "mw abort",
    "promote": "mw promote v{version}",
    "shadow": "mw promote v{version} --to shadow",
    "canary": "mw promote v{version} --to canary",
}
"""What does by hand what is only advised."""


def no_link(_action: str, _number: int) -> str:
    """Where no links are set up."""
    return ""


def buttons_of(number: int, alert: Alert, link: Link = no_link) -> tuple[Button, ...]:
    """The buttons of alert `number`, the most useful first."""
    return tuple(_buttons(number, alert, link))


def _buttons(number: int, alert: Alert, link: Link) -> Iterator[Button]:
    if alert.decision is not None:
        yield from _of_decision(alert.decision, link)
    for finding in alert.findings:
        yield Button(words="See what was found", command=f"mw findings {finding.id[:12]}")
    if alert.about in ("steward", "no_look"):
        yield Button(words="See how it is", command="mw status")
    if alert.about != "test":
        words = "I look after it"
        yield Button(words=words, command=f"mw ack {number}", link=link("acknowledge", number))


def _of_decision(decision: Decision, link: Link) -> Iterator[Button]:
    number = decision.number
    if decision.mode == "approve":
        yield Button(words="Approve", command=f"mw approve {number}", link=link("approve", number))
        decline = f"mw approve {number} --decline --reason '...'"
        yield Button(words="Decline", command=decline, link=link("decline", number))
    if decision.mode == "advise" and decision.action in _ADVICE:
        yield Button(words="Do it", command=_ADVICE[decision.action].format(version=decision.version))
    if decision.action == "alert":
        yield Button(words="Go back", command="mw rollback --reason '...'")
    yield Button(words="See why", command=f"mw explain-decision {number}")
