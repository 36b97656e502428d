"""Signing keys of a project: listed, rotated, revoked, and versions revoked; every change is in the audit."""

import re
from typing import Any, Literal

from millwright.errors import NotFound
from millwright.loop.publishing import tell_catalogue
from millwright.loop.workshop import Workshop
from millwright.package.keys import SigningKey, Trust
from millwright.records.codec import digest_of
from millwright.records.record import record
from millwright.registry import audit, releases, versions

_VERSION = re.compile(r"v[0-9]+")
"""No key id begins so."""

Role = Literal["live", "challenger"] | None


@record
class Revoked:
    """What was revoked: a key by its id, or a version by its package. role: what the version was when it was."""

    id: str
    kind: Literal["key", "version"]
    name: str = ""
    role: Role = None

    @property
    def sentence(self) -> str:
        """The same in one line, with what to do next."""
        if self.kind == "key":
            return f"Key {self.id[:16]} is revoked. Commit trust/, and train again what it had signed."
        said = f"{self.name} (package {self.id[:12]}) is revoked. Commit trust/."
        if self.role == "live":
            return f"{said} It is live: servers answer with the version before it, or not at all; `mw rollback` makes that so."
        if self.role == "challenger":
            return f"{said} It is being tried: servers go on without it; `mw abort` ends the trial."
        return said


def list_keys(shop: Workshop) -> list[dict[str, Any]]:
    """The pinned public keys: id, whether revoked, whether it is the one that signs here."""
    trust = Trust(shop.trust)
    mine = SigningKey.load(shop.signing_key).key_id if shop.signing_key.exists() else ""
    return [{"id": key, "revoked": key in trust.revoked(), "mine": key == mine} for key in trust.pinned()]


def rotate_key(shop: Workshop) -> str:
    """Make and pin a new signing key; what the old one signed goes on verifying."""
    key = SigningKey.rotate(shop.signing_key, shop.trust)
    _note(shop, "key.rotate", f"key {key.key_id}", "")
    return key.key_id


def revoke(shop: Workshop, what: str, reason: str) -> Revoked:
    """Believe a key no longer (its id, or how that begins), or use a version no longer (v3).

    Raises NotFound unless exactly one pinned key begins so, or where there is no such version.
    """
    if _VERSION.fullmatch(what):
        return _revoke_version(shop, what, reason)
    trust = Trust(shop.trust)
    found = [key for key in trust.pinned() if key.startswith(what.lower())]
    if len(found) != 1:
        many = "no pinned key begins with" if not found else "several pinned keys begin with"
        raise NotFound(f"{many} '{what}'", fix="see `mw trust list`; a version is written v3", code="key.missing")
    tell_catalogue(shop)  # of what that key signed, which is read no longer afterwards
    trust.revoke(found[0], reason)
    _note(shop, "key.revoke", f"key {found[0]}", reason)
    return Revoked(id=found[0], kind="key")


def _revoke_version(shop: Workshop, name: str, reason: str) -> Revoked:
    with shop.catalogue.read() as view:
        version = versions.get(view, shop.project, name)
        now = releases.current(view, shop.project)
    Trust(shop.trust).revoke(version.package, f"{name} of {shop.project}: {reason}")
    _note(shop, "version.revoke", f"package {version.package}", reason)
    role: Role = None
    if now is not None and version.number in (now.version, now.challenger):
        role = "live" if version.number == now.version else "challenger"
    return Revoked(id=version.package, kind="version", name=version.name, role=role)


def _note(shop: Workshop, action: str, subject: str, reason: str) -> None:
    with shop.catalogue.write() as tx:
        detail = digest_of({"subject": subject, "reason": reason})
        audit.append(tx, actor=shop.actor, action=action, subject=subject, detail=detail, at=shop.clock.now())
