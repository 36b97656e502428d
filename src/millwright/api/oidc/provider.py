"""The provider as it describes itself: where to send browsers, where to change a code for a token, the keys it signs with."""

import base64
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from millwright.api.oidc.refusals import NotLetIn
from millwright.api.oidc.settings import OidcSettings, is_safe

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_SECONDS, KEYS_AGAIN = 3600.0, 30.0
"""How long a description counts, and how soon keys are asked for again for one that is not among them."""

_SECONDS = 10.0
_LARGEST = 1 << 20
_PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class _Read:
    at: float
    said: dict[str, Any]


@dataclass(slots=True)
class Provider:
    """Asked when it is needed, and remembered for an hour. Any thread may ask."""

    settings: OidcSettings
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _described: _Read | None = None
    _keys: _Read | None = None

    def described(self) -> dict[str, Any]:
        """What it says of itself. Raises NotLetIn (oidc.unreachable) where that is not of this issuer, or leads to places that
        are not safe."""
        with self._lock:
            if self._described is None or time.monotonic() - self._described.at > KEPT_SECONDS:
                said = _get(self.settings.issuer.rstrip("/") + WELL_KNOWN)
                if said.get("issuer") != self.settings.issuer:
                    raise NotLetIn("oidc.unreachable", f"it calls itself {said.get('issuer')!a}")
                unsafe = [name for name in _PLACES if not is_safe(str(said.get(name, "")))]
                if unsafe:
                    raise NotLetIn("oidc.unreachable", f"{unsafe[0]} is missing or no https address")
                self._described = _Read(time.monotonic(), said)
            return self._described.said

    def keys(self, *, anew: bool = False) -> dict[str, Any]:
        """The keys that it signs with (RFC 7517). anew: one that is not among those of before is looked for."""
        where = str(self.described()["jwks_uri"])
        with self._lock:
            age = time.monotonic() - self._keys.at if self._keys else KEPT_SECONDS
            if self._keys is None or age >= (KEYS_AGAIN if anew else KEPT_SECONDS):
                self._keys = _Read(time.monotonic(), _get(where))
            return self._keys.said

    def address(self, **asked: str) -> str:
        """Where a browser is sent to sign in there."""
        where = str(self.described()["authorization_endpoint"])
        parts = {"response_type": "code", "client_id": self.settings.client_id, "scope": self.settings.scopes, **asked}
        return f"{where}{'&' if '?' in where else '?'}{urlencode(parts)}"

    def change(self, code: str, verifier: str, redirect: str) -> str:
        """The ID token for a code. Raises NotLetIn."""
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        head = self._who_we_are(given)
        said = _asked("POST", str(self.described()["token_endpoint"]), content=urlencode(given), headers=head)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise NotLetIn("oidc.denied", f"it gives no ID token: {str(said.get('error', ''))[:100]!a}")
        return token

    def _who_we_are(self, given: dict[str, str]) -> dict[str, str]:
        """The headers by which it knows this client; what goes into the body is put there (OpenID Connect Core, 9)."""
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        ways = self.described().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        name, secret = self.settings.client_id, self.settings.secret
        if secret and "client_secret_basic" in ways:
            both = f"{quote(name, safe='')}:{quote(secret, safe='')}"
            return head | {"Authorization": "Basic " + base64.b64encode(both.encode()).decode()}
        given["client_id"] = name
        if secret:
            given["client_secret"] = secret
        return head


def _get(url: str) -> dict[str, Any]:
    return _asked("GET", url)


def _asked(method: str, url: str, **more: Any) -> dict[str, Any]:
    """The JSON object of an answer. Raises NotLetIn: oidc.denied for a refusal, oidc.unreachable for anything else."""
    import httpx
    import msgspec

    try:
        with httpx.Client(timeout=_SECONDS, follow_redirects=False) as client:
            answer = client.request(method, url, **more)
        said = msgspec.json.decode(answer.content) if len(answer.content) <= _LARGEST else None
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        raise NotLetIn("oidc.unreachable", f"{url}: {type(error).__name__}: {error}") from error
    if not isinstance(said, dict) or (answer.status_code != 200 and method == "GET") or answer.status_code >= 500:
        raise NotLetIn("oidc.unreachable", f"{url} answered {answer.status_code}")
    return said
