"""Which trace a request belongs to, and whether its span is kept."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.serve.telemetry.spans import Served, Spans
from millwright.serve.telemetry.traces import Sampler, Trace, parent_in, read_parent, trace_id_of, without_parent

if TYPE_CHECKING:
    from collections.abc import Sequence

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01".encode()
FIRST = b"POST /v1/predict HTTP/1.1"
IDS = st.integers(1, 2**128 - 1)


@given(trace=IDS, span=st.integers(1, 2**64 - 1), flags=st.integers(0, 255))
def test_a_parent_is_read_as_it_was_written(trace: int, span: int, flags: int) -> None:
    parent = read_parent(f"00-{trace:032x}-{span:016x}-{flags:02x}".encode())
    assert parent is not None
    assert (int(parent.trace_id, 16), int(parent.span_id, 16), parent.sampled) == (trace, span, flags % 2 == 1)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"x",
        PARENT[:-1],
        PARENT + b"-more",
        PARENT.upper(),
        b"ff" + PARENT[2:],
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        b" " + PARENT,
        PARENT + b"\n",
    ],
)
def test_what_is_no_parent_counts_for_nothing(value: bytes) -> None:
    assert read_parent(value) is None
    assert trace_id_of(None, value) == ""
    assert Sampler(0.0, by_parent=True).sample(value) is None


def test_a_later_version_may_say_more() -> None:
    assert read_parent(b"01" + PARENT[2:] + b"-more") is not None


def test_one_header_counts_and_two_do_not() -> None:
    assert parent_in([(b"host", b"here"), (b"traceparent", PARENT)]) == PARENT
    assert parent_in([(b"traceparent", PARENT), (b"traceparent", PARENT)]) == b""


def test_the_head_is_the_same_whatever_the_parent() -> None:
    for lines in (
        (b"host: here", b"traceparent: %b", b"accept: */*"),
        (b"traceparent: %b",),
        (b"host: here", b"traceparent: %b"),
    ):
        head = b"\r\n".join([FIRST, *lines, b"", b""])
        without = b"\r\n".join([FIRST, *(line for line in lines if b"%" not in line), b"", b""])
        for parent in (PARENT, PARENT[:-1] + b"0"):
            assert without_parent(head % parent) == (without, parent)
    assert without_parent(without) == (without, b"")


HEAD = FIRST + b"\r\ntraceparent: %b\r\naccept: */*\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        HEAD % PARENT[:-1],
        HEAD % (PARENT + b"0"),
        HEAD % b"00-0\nAuthorization: Bearer ".ljust(len(PARENT), b"0"),
        HEAD % b"00-0\rAuthorization: Bearer ".ljust(len(PARENT), b"0"),
        (HEAD % PARENT).replace(b"accept", b"\taccept"),
        (HEAD % PARENT).replace(b"accept", b" accept"),
        (HEAD % PARENT).replace(b"accept: */*", b"traceparent: " + PARENT),
    ],
)
def test_a_head_that_is_written_another_way_stays_as_it_is(head: bytes) -> None:
    assert without_parent(head) == (head, b"")


@given(trace=IDS, share=st.floats(0, 1), flag=st.booleans())
def test_by_parent_the_client_decides_and_else_the_trace(trace: int, share: float, flag: bool) -> None:
    header = f"00-{trace:032x}-{SPAN}-0{int(flag)}".encode()
    kept = Trace(f"{trace:032x}", SPAN)
    assert Sampler(share, by_parent=True).sample(header) == (kept if flag else None)
    assert Sampler(share, by_parent=False).sample(header) == (kept if trace % 2**64 < round(share * 2**64) else None)


def test_the_share_of_traces_that_begin_here_is_as_asked() -> None:
    def kept(share: float) -> "Sequence[Trace]":
        sampler = Sampler(share, by_parent=True)
        return [found for _ in range(20_000) if (found := sampler.sample(b"")) is not None]

    assert (len(kept(0.0)), len(kept(1.0))) == (0, 20_000)
    assert 4_600 < len(kept(0.25)) < 5_400  # six standard deviations
    assert len({one.trace_id for one in kept(1.0)}) == 20_000
    assert {one.parent_id for one in kept(1.0)} == {""}


def test_spans_beyond_the_most_are_dropped_and_counted() -> None:
    dropped: list[int] = []
    spans = Spans(Sampler(1.0, by_parent=True), 3, lambda: dropped.append(1))
    for status in range(200, 205):
        spans.end(Trace(TRACE), Served("GET", "/health", "/health", status, 0.25))
    assert len(dropped) == 2
    assert [span.status for span in spans.take(2)] == [200, 201]
    (last,) = spans.take(9)
    assert (last.status, last.ended - last.began) == (202, 250_000_000)
    assert spans.take(9) == []
