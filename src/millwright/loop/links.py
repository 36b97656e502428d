"""Signed links in alerts: made with a key that only this state folder has."""

import os
import secrets
import stat
from datetime import timedelta
from pathlib import Path

from millwright.alerts.buttons import Link, no_link
from millwright.alerts.token import Answer, AnswerAction, seal, unseal
from millwright.errors import Unavailable
from millwright.loop.steward_state import EXPIRES
from millwright.loop.workshop import Workshop
from millwright.stores.durable import unavailable, write_new

KEY_BYTES = 32
ACKNOWLEDGED_FOR = timedelta(days=30)
"""How long a link to acknowledge counts; one to approve or decline as long as the decision waits."""


def link_maker(shop: Workshop) -> Link:
    """What makes the links of alerts that are sent now; none where alerts.link is empty."""
    base = shop.spec.alerts.link
    if base is None:
        return no_link
    key, now = links_key(shop.home.alerts_key), shop.clock.now()

    def link(action: str, number: int) -> str:
        known: dict[str, AnswerAction] = {"approve": "approve", "decline": "decline", "acknowledge": "acknowledge"}
        expires = now + (ACKNOWLEDGED_FOR if action == "acknowledge" else EXPIRES)
        answer = Answer(project=shop.project, action=known[action], number=number, expires_at=expires)
        return f"{base.rstrip('/')}/answer?token={seal(answer, key)}"

    return link


def answer_of(shop: Workshop, token: str) -> Answer:
    """What a token of this project says. Raises TokenRefused."""
    from millwright.alerts.token import TokenRefused

    answer = unseal(token.strip(), links_key(shop.home.alerts_key), shop.clock.now())
    if answer.project != shop.project:
        raise TokenRefused(f"the link is of project {answer.project}", fix="run it in that project's folder")
    return answer


def links_key(path: Path) -> bytes:
    """The key at `path`, made on first use. Raises Unavailable where others can read it, or it is damaged."""
    try:
        if not path.exists():
            _make(path)
        if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
            raise _unusable(path, "the key of the links can be read by others", f"chmod 600 {path}", "alerts.key_open")
        key = path.read_bytes()
    except OSError as error:
        raise unavailable(error, path) from error
    if len(key) != KEY_BYTES:
        fix = "delete it: a new one is made, and links that were sent count no more"
        raise _unusable(path, "the key of the links is damaged", fix, "alerts.key_damaged")
    return key


def _make(path: Path) -> None:
    """Where another process was faster, its key is the key."""
    try:
        write_new(path, secrets.token_bytes(KEY_BYTES))
    except FileExistsError:
        return


def _unusable(path: Path, what: str, fix: str, code: str) -> Unavailable:
    return Unavailable(what, where=str(path), fix=fix, code=code)
