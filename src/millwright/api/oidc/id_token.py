"""The ID token: a signature by a key of the provider, and claims that are about this sign-in and no other.

Source of the checks: OpenID Connect Core 1.0, section 3.1.3.7.
"""

from collections.abc import Mapping
from typing import Any

from millwright.api.oidc.provider import Provider
from millwright.api.oidc.refusals import NotLetIn

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures that only who has the private key can make. `none` and those of a shared secret are not among them."""

LEEWAY_SECONDS = 60


def believed(provider: Provider, token: str, *, nonce: str, now: int) -> Mapping[str, Any]:
    """The claims of a token. Raises NotLetIn (oidc.token) unless every check holds."""
    from joserfc.errors import JoseError

    try:
        claims = _signed(provider, token)
        _about_this(provider, claims, nonce, now)
    except (JoseError, ValueError, TypeError) as error:
        raise NotLetIn("oidc.token", f"{type(error).__name__}: {error}") from error
    return claims


def _signed(provider: Provider, token: str) -> dict[str, Any]:
    """The claims, if a key of the provider signed them; keys that are newer than those we know are asked for."""
    from joserfc import jwt
    from joserfc.errors import BadSignatureError, InvalidKeyIdError
    from joserfc.jwk import KeySet

    allowed = provider.described().get("id_token_signing_alg_values_supported") or ["RS256"]
    algorithms = [one for one in ALGORITHMS if one in allowed]
    try:
        return jwt.decode(token, KeySet.import_key_set(provider.keys()), algorithms).claims  # type: ignore[arg-type]
    except (InvalidKeyIdError, BadSignatureError):
        return jwt.decode(token, KeySet.import_key_set(provider.keys(anew=True)), algorithms).claims  # type: ignore[arg-type]


def _about_this(provider: Provider, claims: dict[str, Any], nonce: str, now: int) -> None:
    from joserfc.jwt import JWTClaimsRegistry

    settings = provider.settings
    JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": settings.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": settings.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    party = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (party is not None or several) and party != settings.client_id:
        raise ValueError("the token was made for another party")
