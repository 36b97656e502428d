"""Traces: which one a request belongs to (W3C Trace Context, level 1), and whether its span is kept.

Nothing here is OpenTelemetry's own code: a decision has to be taken for each request, and takes less than a microsecond.
"""

import re
from collections.abc import Iterable
from random import getrandbits

import msgspec

HEADER = b"traceparent"
_PARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_LINE, _LENGTH = b"\r\ntraceparent: ", 55
"""How clients write the header, and how long its value is in version 00."""
_NOT_KEPT = b"-00"
_LETTERS = b"0123456789abcdef-"
"""Nothing else is in a value that is cut out, so that nothing goes unread which a parser might take for a header."""
_LOW = (1 << 64) - 1


class Parent(msgspec.Struct, frozen=True):
    """The span that a request was made in, as its client names it. sampled: whether the client keeps that one."""

    trace_id: str
    span_id: str
    sampled: bool


class Trace(msgspec.Struct, frozen=True):
    """Where the span of a request belongs. parent_id: the span that it was made in; empty where there is none."""

    trace_id: str
    parent_id: str = ""


def read_parent(value: bytes) -> Parent | None:
    """What a traceparent names; None where it is none, in which case it counts for nothing."""
    found = _PARENT.fullmatch(value)
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == b"ff" or (version == b"00" and more is not None) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Parent(trace_id.decode(), span_id.decode(), bool(int(flags, 16) & 1))


def parent_in(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The traceparent among headers; empty where there is none, or more than one."""
    found = [value for name, value in headers if name == HEADER]
    return found[0] if len(found) == 1 else b""


def without_parent(head: bytes) -> tuple[bytes, bytes]:
    """The bytes of a request's head without its traceparent, and that: it is another one each time, and decides nothing.

    Where it is not written the usual way the head stays as it is.
    """
    at = head.find(_LINE)
    if at < 0:
        return head, b""
    begin = at + len(_LINE)
    end = begin + _LENGTH
    if head[end : end + 2] != b"\r\n" or head[end + 2 : end + 3] in (b" ", b"\t") or head.find(_LINE, end) >= 0:
        return head, b""
    value = head[begin:end]
    return (head, b"") if value.translate(None, _LETTERS) else (head[:at] + head[end:], value)


def trace_id_of(trace: Trace | None, header: bytes) -> str:
    """The trace of a request, whether its span is kept or not; empty where it is of none."""
    if trace is not None:
        return trace.trace_id
    parent = read_parent(header) if header else None
    return "" if parent is None else parent.trace_id


class Sampler:
    """Which spans are kept: a share (0 to 1) of the traces; by_parent: of those that begin here, others as their client says.

    As OpenTelemetry's TraceIdRatioBased and ParentBased samplers: the same trace is kept by all who keep such a share.
    """

    def __init__(self, share: float, *, by_parent: bool) -> None:
        self._below, self._by_parent = round(share * (_LOW + 1)), by_parent

    def sample(self, header: bytes) -> Trace | None:
        """Where the span of a request with such a traceparent belongs; None where it is not kept.

        Most clients that trace keep few: one that says so is believed before the rest is read.
        """
        if self._by_parent and header[-3:] == _NOT_KEPT:
            return None
        parent = read_parent(header) if header else None
        if parent is None:
            number = getrandbits(128)
            return Trace(f"{number:032x}") if number & _LOW < self._below else None
        kept = parent.sampled if self._by_parent else int(parent.trace_id, 16) & _LOW < self._below
        return Trace(parent.trace_id, parent.span_id) if kept else None
