"""Signing keys of a project: listed, rotated, revoked; every change is in the audit."""

from typing import Any

from millwright.errors import NotFound
from millwright.loop.workshop import Workshop
from millwright.package.keys import SigningKey, Trust
from millwright.records.codec import digest_of
from millwright.registry import audit


def list_keys(shop: Workshop) -> list[dict[str, Any]]:
    """The pinned public keys: id, whether revoked, whether it is the one that signs here."""
    trust = Trust(shop.trust)
    mine = SigningKey.load(shop.signing_key).key_id if shop.signing_key.exists() else ""
    return [{"id": key, "revoked": key in trust.revoked(), "mine": key == mine} for key in trust.pinned()]


def rotate_key(shop: Workshop) -> str:
    """Make and pin a new signing key; what the old one signed goes on verifying."""
    key = SigningKey.rotate(shop.signing_key, shop.trust)
    _note(shop, "key.rotate", key.key_id, "")
    return key.key_id


def revoke_key(shop: Workshop, beginning: str, reason: str) -> str:
    """Believe the key whose id begins so no longer. Raises NotFound unless exactly one pinned key does."""
    trust = Trust(shop.trust)
    found = [key for key in trust.pinned() if key.startswith(beginning.lower())]
    if len(found) != 1:
        what = "no pinned key begins with" if not found else "several pinned keys begin with"
        raise NotFound(f"{what} '{beginning}'", fix="see `mw trust list`", code="key.missing")
    trust.revoke(found[0], reason)
    _note(shop, "key.revoke", found[0], reason)
    return found[0]


def _note(shop: Workshop, action: str, key: str, reason: str) -> None:
    with shop.catalogue.write() as tx:
        detail = digest_of({"key": key, "reason": reason})
        audit.append(tx, actor=shop.actor, action=action, subject=f"key {key}", detail=detail, at=shop.clock.now())
