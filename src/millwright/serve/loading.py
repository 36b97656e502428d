"""Loaded payloads: verified, loaded in a child process first, checked against their golden rows, kept while they may answer."""

from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

from millwright import __version__
from millwright.errors import PackageRefused
from millwright.package.golden import check_golden
from millwright.package.keys import Trust
from millwright.package.open import Payload, open_payload
from millwright.package.probe import probe_package
from millwright.package.verify import verify_package
from millwright.stores.durable import write_atomic

PROBE_SECONDS = 120.0
KEPT = 2
"""Payloads that stay loaded beside those that answer, so that a rollback by one version needs no loading."""


class Payloads:
    """The payloads of a home's packages, by package."""

    def __init__(self, home: Path, trust: Trust) -> None:
        self._home, self._trust = home, trust
        self._loaded: OrderedDict[str, Payload] = OrderedDict()
        self._keys: dict[str, str] = {}

    def holds(self, package: str) -> bool:
        """Whether the payload of a package is loaded."""
        return package in self._loaded

    def get(self, project: str, package: str, payload_digest: str, answering: Collection[str]) -> Payload:
        """The verified and loaded payload of a package; what is loaded already is verified again all the same.

        answering: digests of payloads that answer now; they are kept. Raises PackageRefused where the package does not
        verify or load, or holds another payload than the release names.
        """
        folder = self._home / "packages" / package
        verified = verify_package(folder, package, self._trust)
        payload = self._loaded.get(package)
        if payload is None:
            probe_once(self._home, package, self._trust.folder, PROBE_SECONDS)
            payload = open_payload(verified)
            check_golden(payload.scorer, payload.golden)
        self._keys[package] = verified.key
        if (payload.info.project, payload.payload_digest) != (project, payload_digest):
            raise PackageRefused("the package holds another payload than the release names", where=f"release of {project}")
        self._keep(package, payload, answering)
        return payload

    def is_revoked(self, package: str) -> bool:
        """Whether a package that was loaded, or the key that signed it, was revoked since. What is revoked is let go of.

        Where the list cannot be read it is not: nothing stops answering because a disk fails.
        """
        try:
            revoked = self._trust.revoked()
        except PackageRefused:
            return False
        gone = package in revoked or self._keys.get(package) in revoked
        if gone:
            self._loaded.pop(package, None)
        return gone

    def _keep(self, package: str, payload: Payload, answering: Collection[str]) -> None:
        self._loaded[package] = payload
        self._loaded.move_to_end(package)
        spare = [digest for digest, kept in self._loaded.items() if kept.payload_digest not in answering]
        for digest in spare[:-KEPT]:
            del self._loaded[digest]


def probe_once(home: Path, package: str, trust: Path, seconds: float) -> None:
    """Load a package of a home in a child first, unless this version of Millwright has done so here before.

    Raises PackageRefused where it does not load within `seconds`. The caller has verified the package.
    """
    known = home / "serve" / "probed" / f"{package}-{__version__}"
    if not known.exists():
        probe_package(home / "packages" / package, package, trust, seconds)
        write_atomic(known, b"")
