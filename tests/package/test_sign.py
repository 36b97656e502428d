import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_samples import Shelf

from millwright.errors import PackageRefused
from millwright.package.sign import PACKAGE, RELEASE, read_signature, sign, verify_signature, write_signature


def test_a_signature_holds_for_its_bytes_and_its_purpose_alone(shelf: Shelf) -> None:
    made = sign(PACKAGE, b"manifest", shelf.key)
    verify_signature(PACKAGE, b"manifest", made, shelf.trust)
    for domain, content in [
        (RELEASE, b"manifest"),
        (PACKAGE, b"manifesT"),
        (PACKAGE, b""),
        ("", b"millwright-package-v1\0manifest"),
    ]:
        with pytest.raises(PackageRefused, match="does not fit"):
            verify_signature(domain, content, made, shelf.trust)


def test_the_same_bytes_get_the_same_signature(shelf: Shelf) -> None:
    assert sign(PACKAGE, b"m", shelf.key) == sign(PACKAGE, b"m", shelf.key)


def test_every_other_signature_is_refused(shelf: Shelf) -> None:
    made = sign(PACKAGE, b"m", shelf.key)
    for place in range(86):
        other = "B" if made.signature[place] == "A" else "A"
        changed = made.signature[:place] + other + made.signature[place + 1 :]
        with pytest.raises(PackageRefused):
            verify_signature(PACKAGE, b"m", dataclasses.replace(made, signature=changed), shelf.trust)


def test_a_signature_is_read_as_it_was_written(shelf: Shelf) -> None:
    made = sign(PACKAGE, b"m", shelf.key)
    raw = write_signature(made)
    assert read_signature(raw) == made
    for odd in (raw + b"\n", b" " + raw, raw[:-1], raw.replace(b'"key"', b'"Key"'), raw.replace(b"ed25519", b"none"), b""):
        with pytest.raises(PackageRefused, match="no signature"):
            read_signature(odd)


@given(st.binary(max_size=300))
def test_no_bytes_are_taken_for_a_signature(raw: bytes) -> None:
    with pytest.raises(PackageRefused):
        read_signature(raw)
