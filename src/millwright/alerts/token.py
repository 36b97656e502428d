"""Signed links: one answer to one question, by whoever holds the link, until it expires.

A token is `BODY.MAC` in base64url: the project, what to do, its number and the second it expires, and their HMAC-SHA256
(RFC 2104) under a key that only this state folder has. It counts once: what was answered cannot be answered again.
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Literal

from millwright.errors import MillwrightError
from millwright.records.record import record

AnswerAction = Literal["approve", "decline", "acknowledge"]
ACTIONS: tuple[AnswerAction, ...] = ("approve", "decline", "acknowledge")
_LONGEST = 1000
_FIELDS = frozenset("pane")


class TokenRefused(MillwrightError):
    """A token that is none, or does not count any more."""

    code, exit_code, status = "token.refused", 1, 403


@record
class Answer:
    """What a token says. number: of the decision, or, to acknowledge, of the alert."""

    project: str
    action: AnswerAction
    number: int
    expires_at: datetime


def seal(answer: Answer, key: bytes) -> str:
    """The token."""
    said = {"p": answer.project, "a": answer.action, "n": answer.number, "e": int(answer.expires_at.timestamp())}
    body = _encode(json.dumps(said, separators=(",", ":")).encode())
    return f"{body}.{_encode(_mac(body, key))}"


def unseal(token: str, key: bytes, now: datetime) -> Answer:
    """What a token says. Raises TokenRefused: damaged, of another key (token.refused), or expired (token.expired)."""
    body, _, mac = token.partition(".")
    if len(token) > _LONGEST or not token.isascii() or not hmac.compare_digest(_encode(_mac(body, key)), mac):
        raise TokenRefused("the link is damaged, or of another project", fix="copy all of it from the message")
    answer = _read(body)
    if now >= answer.expires_at:
        raise TokenRefused("the link has expired", fix="see `mw status` for what waits", code="token.expired")
    return answer


def _read(body: str) -> Answer:
    try:
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("the link is damaged") from error
    if not isinstance(said, dict) or set(said) != _FIELDS or said["a"] not in ACTIONS:
        raise TokenRefused("the link says what this Millwright does not know", fix="upgrade Millwright")
    return Answer(project=said["p"], action=said["a"], number=said["n"], expires_at=datetime.fromtimestamp(said["e"], UTC))


def _mac(body: str, key: bytes) -> bytes:
    return hmac.new(key, body.encode(), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
