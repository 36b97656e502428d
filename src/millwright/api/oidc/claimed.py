"""What the claims of somebody say here: who they are, and what they are in which project."""

import re
from collections.abc import Mapping
from typing import Any

from millwright.api.oidc.refusals import NotLetIn
from millwright.api.oidc.settings import EMAIL, OidcSettings
from millwright.records.people import Grant, role_rank
from millwright.records.record import record

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,127}\Z")


@record
class Claimed:
    """Somebody, as a provider vouches for them. subject: by which the provider tells its users apart, for ever. grants: what
    they are by their claims; decides: the projects of which the claims alone say what people are. welcome: they may come in
    without having been entered before."""

    issuer: str
    subject: str
    name: str
    grants: tuple[Grant, ...]
    decides: tuple[str, ...]
    welcome: bool


def claimed(settings: OidcSettings, claims: Mapping[str, Any]) -> Claimed:
    """Who that is. Raises NotLetIn: oidc.name where no confirmed name is said, oidc.stranger for an address of elsewhere."""
    name = str(claims.get(settings.name_claim) or "").strip().lower()
    unconfirmed = settings.name_claim == EMAIL and claims.get("email_verified") not in (True, "true")
    if unconfirmed or not _NAME.match(name):
        raise NotLetIn("oidc.name", f"{settings.name_claim} is {name[:80]!a}, email_verified {claims.get('email_verified')!a}")
    if settings.domains and name.rpartition("@")[2] not in settings.domains:
        raise NotLetIn("oidc.stranger", f"{name} is of none of {', '.join(settings.domains)}")
    grants = _grants(settings, claims)
    return Claimed(
        issuer=settings.issuer,
        subject=str(claims["sub"]),
        name=name,
        grants=grants,
        decides=tuple(dict.fromkeys(rule.grant.project for rule in settings.rules)),
        welcome=bool(settings.domains or grants),
    )


def _grants(settings: OidcSettings, claims: Mapping[str, Any]) -> tuple[Grant, ...]:
    """Of each project the most that one of their values gives."""
    said = claims.get(settings.role_claim) if settings.role_claim else None
    values = {str(one) for one in said} if isinstance(said, list) else {str(said)} if said is not None else set()
    best: dict[str, Grant] = {}
    for rule in settings.rules:
        known = best.get(rule.grant.project)
        if rule.value in values and (known is None or role_rank(rule.grant.role) > role_rank(known.role)):
            best[rule.grant.project] = rule.grant
    return tuple(best.values())
