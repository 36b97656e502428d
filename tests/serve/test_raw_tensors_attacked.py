"""Raw bytes that are not what the JSON before them says: refused in clear words, and the server goes on as ever."""

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .raw_tensors import LENGTH, OCTETS, as_raw, in_one_part, in_two_parts
from .running import ROW, Running, toy
from .test_protocols_http import NUMBERS, tensors
from .test_raw_tensors_http import PATH, TYPES


def good() -> tuple[list[dict[str, Any]], list[bytes]]:
    """A row's tensors, all raw, and their bytes."""
    sent, raw = zip(*map(as_raw, tensors(ROW)), strict=True)
    return list(sent), list(raw)


def change(**first: Any) -> tuple[bytes, dict[str, str]]:
    """A body whose first tensor is changed."""
    sent, raw = good()
    return in_two_parts({"inputs": [{**sent[0], **first}, *sent[1:]]}, *raw)


def size(told_size: Any) -> tuple[bytes, dict[str, str]]:
    return change(parameters={"binary_data_size": told_size})


def header(value: str) -> tuple[bytes, dict[str, str]]:
    body, headers = change()
    return body, {**headers, LENGTH: value}


def cut(by: int) -> tuple[bytes, dict[str, str]]:
    body, headers = change()
    return body[:by], headers


def first_bytes(datatype: str, raw: bytes) -> tuple[bytes, dict[str, str]]:
    """A body whose first tensor is of that type and of those bytes."""
    sent, others = good()
    first = {"name": "x0", "shape": [1], "datatype": datatype, "parameters": {"binary_data_size": len(raw)}}
    return in_two_parts({"inputs": [first, *sent[1:]]}, raw, *others[1:])


WRONG = {
    "a header that is no number": (header("many"), 400, "no number of bytes"),
    "a header of letters that count": (header("٣"), 400, "no number of bytes"),
    "a negative header": (header("-1"), 400, "no number of bytes"),
    "a header with a sign": (header("+9"), 400, "no number of bytes"),
    "a header of zero": (header("0"), 400, "no number of bytes"),
    "an empty header": (header(""), 400, "no number of bytes"),
    "a header beyond the body": (header("9999999"), 400, "none of a body as long"),
    "a header of many digits": (header("9" * 5_000), 400, "no number of bytes"),
    "a header within the JSON": (header("20"), 400, "body"),
    "a header behind the JSON": (header(str(len(change()[0]))), 400, "body"),
    "the last byte is missing": (cut(-1), 400, "bytes are left for it"),
    "all raw bytes are missing": (cut(int(change()[1][LENGTH])), 400, "bytes are left for it"),
    "a byte too many": ((change()[0] + b"x", change()[1]), 400, "1 bytes after the JSON belong to no tensor"),
    "raw bytes without the header": ((change()[0], {"Content-Type": OCTETS}), 400, "body"),
    "a size that is a text": (size("8"), 400, "which is not its binary_data_size"),
    "a size that is true": (size(True), 400, "which is not its binary_data_size"),
    "a size that is no whole number": (size(8.0), 400, "which is not its binary_data_size"),
    "a negative size": (size(-8), 400, "which is not its binary_data_size"),
    "a huge size": (size(10**300), 400, "which is not its binary_data_size"),
    "a size that is null": (size(None), 400, "both or neither of data and binary_data_size"),
    "a size of another shape": (size(16), 400, "16 bytes do not fill the shape [1] of FP64"),
    "no size": (change(parameters={}), 400, "both or neither"),
    "data and a size": (change(data=[1.0]), 400, "both or neither"),
    "another data type": (change(datatype="FP32"), 400, "8 bytes do not fill the shape [1] of FP32"),
    "an unknown data type": (change(datatype="FP65"), 400, "there is no data type FP65"),
    "another shape": (change(shape=[2]), 400, "8 bytes do not fill the shape [2]"),
    "a huge shape": (change(shape=[10**18]), 413, "rows are more than 10,000"),
    "a huge shape of two": (change(shape=[1, 10**18]), 400, "its shape is"),
    "a shape of too many digits": (change(shape=[int("9" * 4_300)] * 2), 413, "rows: 9,999"),
    "a shape of nothing": (change(shape=[10_000, 0]), 400, "its shape is"),
    "a negative shape": (change(shape=[-1]), 400, "its shape is [-1]"),
    "a shape of three": (change(shape=[1, 1, 1]), 400, "its shape is"),
    "text that is cut off": (first_bytes("BYTES", struct.pack("<I", 9) + b"abc"), 400, "texts are not the 7 bytes"),
    "text that is no UTF-8": (first_bytes("BYTES", struct.pack("<I", 1) + b"\xff"), 400, "not UTF-8"),
    "a BOOL that is 2": (first_bytes("BOOL", b"\2"), 400, "a byte is no BOOL"),
    "an infinite number": (first_bytes("FP64", struct.pack("<d", math.inf)), 400, "infinite"),
    "NaN where nothing may be missing": (first_bytes("FP32", struct.pack("<f", math.nan)), 422, "a value is missing"),
    "what the contract refuses": (first_bytes("BYTES", struct.pack("<I", 1) + b"1"), 422, "a number is expected"),
    "binary_data that is a text": (
        in_two_parts({"inputs": good()[0], "outputs": [{"name": "label", "parameters": {"binary_data": "yes"}}]}, *good()[1]),
        422,
        "binary_data is true or false",
    ),
    "binary_data_output that is 1": (
        in_two_parts({"inputs": good()[0], "parameters": {"binary_data_output": 1}}, *good()[1]),
        422,
        "binary_data_output is true or false",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_add_up_is_refused_and_nothing_is_logged(server: Running, name: str) -> None:
    (body, headers), status, said = WRONG[name]
    before = len(server.logged())
    lines = [f"POST {PATH} HTTP/1.1", "Host: localhost", "Connection: close", *(f"{n}: {v}" for n, v in headers.items())]
    raw = server.send("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
    head, _, answer = raw.partition(b"\r\n\r\n")
    assert (int(head.split()[1]), said in json.loads(answer)["error"]) == (status, True), answer
    assert len(server.logged()) == before


def test_all_columns_in_one_tensor_are_alone(server: Running) -> None:
    """Its width is right, but there is another one."""
    sent, raw = good()
    matrix = {"name": "all", "shape": [1, 29], "datatype": "UINT8", "parameters": {"binary_data_size": 29}}
    body, headers = in_two_parts({"inputs": [matrix, sent[0]]}, b"\1" * 29, raw[0])
    answer = server.ask("POST", PATH, body, headers)
    assert (answer.status, "or a single one of shape [n, 29]" in answer.body["error"]) == (400, True)
    body, headers = in_two_parts({"inputs": [matrix]}, b"\1" * 29)
    assert "a text is expected" in server.ask("POST", PATH, body, headers).body["error"], "then it is read"


def test_two_headers_are_none(server: Running) -> None:
    body, headers = change()
    lines = [f"POST {PATH} HTTP/1.1", "Host: localhost", "Connection: close", *[f"{LENGTH}: {headers[LENGTH]}"] * 2]
    raw = server.send("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
    assert b"no number of bytes" in raw


def test_other_protocols_do_not_know_the_header(server: Running) -> None:
    assert server.ask("POST", "/v1/predict", {"rows": [ROW]}, {LENGTH: "many"}).status == 200
    assert server.ask("POST", "/v1/predict", {"rows": [ROW]}, {"Content-Type": OCTETS}).status == 415


def test_the_type_may_be_left_away_as_clients_do(server: Running) -> None:
    body, headers = change()
    for sent, more in ((body, f"{LENGTH}: {headers[LENGTH]}\r\n"), (json.dumps({"inputs": tensors(ROW)}).encode(), "")):
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}Content-Length: {len(sent)}\r\n\r\n"
        assert server.send(head.encode() + sent).startswith(b"HTTP/1.1 200")
    answer = server.ask("POST", PATH, body, {**headers, "Content-Type": "text/csv"})
    assert answer.status == 415
    assert "(send Content-Type: application/json or application/octet-stream)" in answer.body["error"]


def test_more_rows_than_are_taken_are_refused_before_they_are_read(server: Running) -> None:
    rows = 2_000_000
    tensor = {"name": "x0", "shape": [rows], "datatype": "BOOL", "parameters": {"binary_data_size": rows}}
    answer = server.ask("POST", PATH, *in_two_parts({"inputs": [tensor]}, b"\2" * rows))
    assert (answer.status, answer.body["error"]) == (413, "rows: 2,000,000 rows are more than 10,000 (send fewer at once)")


def test_the_extension_is_announced(server: Running) -> None:
    assert server.ask("GET", "/v2").body["extensions"] == ["binary_tensor_data"]


def test_values_of_one_byte_are_no_more_than_json_could_hold(server: Running) -> None:
    """16 MB of them would be a gigabyte of rows."""
    rows, columns = 10_000, 801
    tensor = {"shape": [rows], "datatype": "BOOL", "parameters": {"binary_data_size": rows}}
    body, headers = in_two_parts({"inputs": [{**tensor, "name": f"y{i}"} for i in range(columns)]}, b"\2" * rows * columns)
    answer = server.ask("POST", PATH, body, headers)
    assert (answer.status, answer.body["error"]) == (
        413, "inputs: 8,010,000 values are more than 8,000,000 (send fewer at once)",
    )  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("attacked")
    with toy(home) as running:
        yield running
        assert running.predict(ROW).status == 200
        assert running.end() == 0
    assert "Traceback" not in (home / "said.txt").read_text()


@st.composite
def attacks(draw: st.DrawFn) -> tuple[bytes, str | None]:
    """Any bytes with any header; or a good request in which something was changed."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200)), draw(
            st.none() | st.integers(-5, 300).map(str) | st.text("0123456789+-. x", max_size=9)
        )
    sent, raw = good()
    numbers = (
        st.integers(-2, 20) | st.sampled_from([2**31, 2**63, 2**64, 10**4_000]) | st.none() | st.floats() | st.text(max_size=2)
    )
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(sent) - 1))
        changed: dict[str, Any] = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "shape": st.lists(st.integers(-1, 9) | st.sampled_from([10**4, 2**63]), max_size=3),
                    "datatype": st.sampled_from([*TYPES, "FP8"]),
                    "parameters": st.dictionaries(st.sampled_from(["binary_data_size", "explain"]), numbers),
                    "data": st.lists(numbers | st.lists(numbers, max_size=2), max_size=2),
                    "name": st.sampled_from(NUMBERS),
                },
            )
        )
        sent[at] = {**sent[at], **changed}
    tail = b"".join(raw)
    spliced = draw(st.integers(0, len(tail)))
    tail = tail[:spliced] + draw(st.binary(max_size=9)) + tail[spliced + draw(st.integers(0, 9)) :]
    beside = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "parameters": st.dictionaries(st.sampled_from(["explain", "binary_data_output"]), st.booleans() | numbers)
            },
        )
    )
    body, headers = in_two_parts({"inputs": sent, **beside}, tail)
    return body, str(int(headers[LENGTH]) + draw(st.sampled_from([0, 0, 0, -1, 1, len(tail), len(tail) + 1])))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(attacks())
def test_whatever_comes_is_answered_or_refused(attacked: Running, attack: tuple[bytes, str | None]) -> None:
    body, told_length = attack
    before = len(attacked.logged())
    headers = {"Content-Type": OCTETS} | ({} if told_length is None else {LENGTH: told_length})
    answer = in_one_part(attacked.ask("POST", PATH, body, headers))
    assert answer.status in (200, 400, 413, 422), answer
    rows = answer.body["outputs"][0]["shape"][0] if answer.status == 200 else 0
    assert len(attacked.logged()) - before == rows


def test_memory_stays_flat_under_what_is_refused(attacked: Running) -> None:
    rows = 10_000
    tensor = {"shape": [rows], "datatype": "BYTES", "parameters": {"binary_data_size": 4 * rows}}
    many = [{**tensor, "name": f"y{i}"} for i in range(100)]
    body, headers = in_two_parts({"inputs": many}, b"\0" * (4 * rows * len(many) - 1) + b"\1")
    found = []
    for _ in range(40):  # the first ten fill what the allocator keeps
        assert attacked.ask("POST", PATH, body, headers).status == 400
        status = Path(f"/proc/{attacked.process.pid}/status").read_text()
        found.append(int(status.split("VmRSS:")[1].split()[0]))
    kept_once, kept_at_last = min(found[10:20]), min(found[30:])  # an allocator's peaks come and go; its floor does not
    assert kept_at_last < kept_once + 40_000, f"kB after each: {found}"  # twenty bodies that were kept are 80,000
