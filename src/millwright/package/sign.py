"""Signatures over bytes for one purpose: a signature made for a package is none for a release.

A signature is written as one line of JSON of exactly one form, so that it can be read by a fixed pattern: no parser sees a
byte before the signature has been verified.
"""

import base64
import re

from cryptography.exceptions import InvalidSignature

from millwright.errors import PackageRefused
from millwright.package.keys import SigningKey, Trust
from millwright.records.codec import to_json
from millwright.records.release import Signature

PACKAGE = "millwright-package-v1"
RELEASE = "millwright-release-v1"

PATTERN = rb'\{"algorithm":"ed25519","key":"([0-9a-f]{64})","signature":"([A-Za-z0-9+/]{86}==)"\}'
"""What `to_json` writes for a Signature; the groups are the key's id and the base64 of 64 bytes."""


def sign(domain: str, content: bytes, key: SigningKey) -> Signature:
    """The signature of `content` for the purpose `domain`."""
    signature = key.sign(_message(domain, content))
    return Signature(key=key.key_id, signature=base64.b64encode(signature).decode())


def verify_signature(domain: str, content: bytes, signature: Signature, trust: Trust) -> None:
    """Raise PackageRefused unless a pinned key that was not revoked signed `content` for `domain`."""
    public = trust.public_key(signature.key)
    try:
        raw = base64.b64decode(signature.signature)
        if base64.b64encode(raw).decode() != signature.signature:  # the last digit has bits that decoding ignores
            raise ValueError("not the one way to write these bytes")
        public.verify(raw, _message(domain, content))
    except (InvalidSignature, ValueError) as error:
        raise PackageRefused(
            "the signature does not fit", fix="fetch it again from where it was made", code="package.signature"
        ) from error


def write_signature(signature: Signature) -> bytes:
    """The one line that `PATTERN` matches."""
    return to_json(signature)


def read_signature(raw: bytes) -> Signature:
    """The signature that `raw` holds, and nothing beside it. Raises PackageRefused."""
    match = re.fullmatch(PATTERN, raw)
    if match is None:
        raise PackageRefused("this is no signature", code="package.signature")
    return Signature(key=match[1].decode(), signature=match[2].decode())


def _message(domain: str, content: bytes) -> bytes:
    """No domain holds a zero byte, so no two pairs of domain and content give the same message."""
    return domain.encode() + b"\0" + content
