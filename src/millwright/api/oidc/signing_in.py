"""A sign-in from its beginning here to its return from the provider. Each counts once, for ten minutes, in the browser in which
it was begun."""

import base64
import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.api.access.secret import same
from millwright.api.oidc.claimed import Claimed, claimed
from millwright.api.oidc.id_token import believed
from millwright.api.oidc.provider import Provider
from millwright.api.oidc.refusals import NotLetIn
from millwright.stores.clock import Clock

LASTS = 600.0
MOST_BEGUN = 1_000


@dataclass(frozen=True, slots=True)
class _Begun:
    nonce: str
    verifier: str
    browser: str
    redirect: str
    until: float


@dataclass(slots=True)
class SigningIn:
    """Remembers the sign-ins that were begun: what a restart forgets is begun anew."""

    provider: Provider
    clock: Clock
    _begun: "OrderedDict[str, _Begun]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, browser: str, redirect: str) -> str:
        """Where the browser goes now. browser: a secret that it keeps; redirect: where the provider sends it back to."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        address = self.provider.address(
            redirect_uri=redirect, state=state, nonce=nonce, code_challenge=challenge, code_challenge_method="S256"
        )
        with self._lock:
            self._begun[state] = _Begun(nonce, verifier, browser, redirect, time.monotonic() + LASTS)
            while len(self._begun) > MOST_BEGUN:
                self._begun.popitem(last=False)
        return address

    def finish(self, returned: Mapping[str, str], browser: str) -> Claimed:
        """Who came back. returned: what the provider sent with them. Raises NotLetIn."""
        begun = self._used(returned.get("state", ""), browser)
        if returned.get("iss", self.provider.settings.issuer) != self.provider.settings.issuer:  # RFC 9207
            raise NotLetIn("oidc.state", "it comes from another issuer")
        code = returned.get("code")
        if not code:
            raise NotLetIn("oidc.denied", f"the provider says {returned.get('error', '')[:100]!a}")
        token = self.provider.change(code, begun.verifier, begun.redirect)
        claims = believed(self.provider, token, nonce=begun.nonce, now=int(self.clock.now().timestamp()))
        return claimed(self.provider.settings, claims)

    def _used(self, state: str, browser: str) -> _Begun:
        """The sign-in of a state, which counts no more from now on."""
        with self._lock:
            begun = self._begun.pop(state, None)
        if begun is None or begun.until < time.monotonic() or not same(begun.browser, browser):
            raise NotLetIn("oidc.state")
        return begun
