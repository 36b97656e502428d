from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from millwright.predictions.frames import contents, contents_from, frame, read_lines

CONTENTS = st.lists(st.binary(min_size=1, max_size=80), max_size=8)


@given(CONTENTS)
def test_what_was_framed_is_read(written: list[bytes]) -> None:
    raw = b"".join(map(frame, written))
    assert list(contents(raw)) == written
    assert contents_from(raw) == (written, len(raw))


@given(CONTENTS, st.integers(min_value=1), st.data())
def test_a_tail_torn_at_any_byte_costs_the_last_frame_alone(written: list[bytes], cut: int, data: st.DataObject) -> None:
    last = data.draw(st.binary(min_size=1, max_size=80))
    whole = b"".join(map(frame, written))
    torn = whole + frame(last)
    torn = torn[: len(torn) - 1 - cut % (len(frame(last)) - 1)] if len(frame(last)) > 1 else whole
    assert list(contents(torn)) == written
    assert contents_from(torn) == (written, len(whole))


@given(CONTENTS.filter(bool), st.data())
def test_a_changed_byte_is_seen(written: list[bytes], data: st.DataObject) -> None:
    raw = bytearray(b"".join(map(frame, written)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    read = list(contents(bytes(raw)))
    assert read == written[: len(read)]
    assert len(read) < len(written)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(raw: bytes) -> None:
    found, whole = contents_from(raw)
    assert raw.startswith(b"".join(map(frame, found)))
    assert whole == sum(len(frame(content)) for content in found)


def test_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.seg"
    path.write_bytes(frame(b'{"a":1}\n{"a":2}\n') + frame(b'{"a":3}\n') + b"\x09\x00")
    assert list(read_lines(path)) == [b'{"a":1}', b'{"a":2}', b'{"a":3}']
