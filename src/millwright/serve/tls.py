"""The certificate of a server: judged before the start, taken up again when its files change."""

import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from millwright.errors import Unavailable

LOOK_SECONDS = 1.0


def tls_context(certificate: Path, private_key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer with these PEM files. Raises Unavailable: missing, unreadable, expired, or not of one another."""
    _check_certificate(certificate)
    _read(private_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, private_key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        mismatch = getattr(error, "reason", "") == "KEY_VALUES_MISMATCH"
        what = "the private key is not of this certificate" if mismatch else "this is no private key in PEM without a password"
        code = "tls.mismatch" if mismatch else "tls.key"
        raise Unavailable(what, where=str(private_key), fix="give both of one pair", code=code) from error
    return context


class Certificate:
    """The TLS of a running server; renewed files count for the connections that come after.

    Raises Unavailable where the files are not right at the start. Later the pair of before goes on counting until they are.
    """

    def __init__(self, certificate: Path, private_key: Path) -> None:
        self._files = (certificate, private_key)
        self.context = tls_context(*self._files)
        self._seen, self._looked = self._stamps(), 0.0

    def look(self, now: float) -> str:
        """Take the files up where they changed, once a second at most; why not, where they are not right."""
        if now - self._looked < LOOK_SECONDS:
            return ""
        self._looked, seen = now, self._stamps()
        if seen == self._seen:
            return ""
        self._seen = seen
        try:
            tls_context(*self._files)  # the one in use must never hold half a pair
            self.context.load_cert_chain(*self._files, password=_no_password)
        except (Unavailable, OSError) as error:
            return f"the certificate of before goes on: {error}"
        return ""

    def _stamps(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_stamp(path) for path in self._files)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns)


def _check_certificate(path: Path) -> None:
    raw = _read(path)
    try:
        first = x509.load_pem_x509_certificates(raw)[0]
    except ValueError as error:
        raise Unavailable("this is no certificate in PEM", where=str(path), code="tls.certificate") from error
    now = datetime.now(UTC)
    if not first.not_valid_before_utc <= now < first.not_valid_after_utc:
        span = f"{first.not_valid_before_utc:%Y-%m-%d} to {first.not_valid_after_utc:%Y-%m-%d}"
        raise Unavailable(f"the certificate is valid from {span}", where=str(path), fix="renew it", code="tls.expired")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise Unavailable(what, where=str(path), fix="check --tls-cert and --tls-key", code="tls.file") from error


def _no_password() -> str:
    """Without this, OpenSSL would ask the terminal for one."""
    raise ValueError("the private key has a password")
