"""Borrowed blobs are read where they lie; what is put lies apart."""

from pathlib import Path

import pytest

from millwright.errors import NotFound
from millwright.stores.blob_loan import BorrowedBlobs
from millwright.stores.blob_memory import MemoryBlobs
from millwright.stores.blobs import FileBlobs


def test_what_is_put_lies_apart_and_what_is_lent_is_read(tmp_path: Path) -> None:
    own, lender = MemoryBlobs(), FileBlobs(tmp_path / "lender")
    lent = lender.put(b"lent")
    both = BorrowedBlobs(own, lender)
    (tmp_path / "file").write_bytes(b"from a file")
    put, copied = both.put(b"mine"), both.put_file(tmp_path / "file")
    assert [both.get(digest) for digest in (lent, put, copied)] == [b"lent", b"mine", b"from a file"]
    assert both.local(lent) == lender.local(lent)
    assert both.local(put).read_bytes() == b"mine"
    assert all(both.has(digest) for digest in (lent, put, copied))
    assert not lender.has(put)
    assert not lender.has(copied)


def test_nothing_of_the_lender_is_dropped_and_ones_own_copy_comes_first(tmp_path: Path) -> None:
    own, lender = MemoryBlobs(), FileBlobs(tmp_path / "lender")
    lent = lender.put(b"lent")
    both = BorrowedBlobs(own, lender)
    both.drop(lent)
    assert both.get(lent) == b"lent"
    lender.local(lent).chmod(0o600)
    lender.local(lent).write_bytes(b"damaged")
    both.put(b"lent")
    assert both.get(lent) == b"lent"
    assert lender.local(lent).read_bytes() == b"damaged"
    with pytest.raises(NotFound):
        both.get("0" * 64)
