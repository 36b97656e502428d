"""The signature of a webhook's body, and how a receiver checks it.

`Millwright-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 (RFC 2104) of `SECONDS.BODY` under the shared secret and
SECONDS is when it was sent, since 1970. The time is in it so that nobody can send an old message again later.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from millwright.errors import MillwrightError

HEADER = "Millwright-Signature"
TOLERANCE = timedelta(minutes=5)
_FORM = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def sign(body: bytes, secret: bytes, at: datetime) -> str:
    """The header's value for a body that is sent now."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(body, secret, seconds)}"


def check(header: str, body: bytes, secret: bytes | str, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """Raise MillwrightError (signature.form, signature.wrong, signature.old) unless the body is as it was sent just now.

    secret: a text, as a variable of the environment holds it, is meant in UTF-8.
    """
    secret = secret.encode() if isinstance(secret, str) else secret
    match = _FORM.fullmatch(header)
    if match is None:
        raise MillwrightError("the signature has another form than t=SECONDS,v1=HEX", code="signature.form")
    seconds = int(match[1])
    if not hmac.compare_digest(match[2], _mac(body, secret, seconds)):
        raise MillwrightError("the signature is of another body or another secret", code="signature.wrong")
    if abs(now.timestamp() - seconds) > tolerance.total_seconds():
        raise MillwrightError("the message was signed too long ago", fix="check both clocks", code="signature.old")


def _mac(body: bytes, secret: bytes, seconds: int) -> str:
    return hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
