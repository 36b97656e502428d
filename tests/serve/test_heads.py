"""What is kept of a request's head, and for how long."""

import pytest

from millwright.serve import heads as module
from millwright.serve.dialects.open_inference import OPEN_INFERENCE
from millwright.serve.dialects.own import OWN
from millwright.serve.form import Form
from millwright.serve.heads import MOST_HEADS, Heads
from millwright.serve.http import OCTETS
from millwright.serve.load import LARGE_BYTES

HEADERS = [(b"host", b"here"), (b"content-type", b"application/json"), (b"content-length", b"12")]


def remember(heads: Heads, raw: bytes, headers: list[tuple[bytes, bytes]] = HEADERS) -> None:
    heads.remember(raw, headers, route="/v1/predict", path="/v1/predict", dialect=OWN, names={"project": "p"}, form=Form())


def test_a_head_is_known_by_its_very_bytes() -> None:
    heads = Heads()
    remember(heads, b"POST /")
    known = heads.get(b"POST /")
    assert known is not None
    assert (known.route, known.by, known.length) == ("/v1/predict", ("p", None, None), 12)
    assert heads.get(b"POST /x") is None
    heads.forget()
    assert heads.get(b"POST /") is None


@pytest.mark.parametrize(
    "more",
    [
        (b"connection", b"close"),
        (b"connection", b"keep-alive"),
        (b"expect", b"100-continue"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"content-length", b"12"),
    ],
)
def test_what_asks_for_more_is_not_kept(more: tuple[bytes, bytes]) -> None:
    heads = Heads()
    remember(heads, b"POST /", [*HEADERS, more])
    assert heads.get(b"POST /") is None


@pytest.mark.parametrize("length", [b"0", str(LARGE_BYTES + 1).encode()])
def test_a_body_of_another_size_is_not_for_the_desk(length: bytes) -> None:
    heads = Heads()
    remember(heads, b"POST /", [(b"content-length", length)])
    remember(heads, b"POST /chunked", [])
    assert heads.get(b"POST /") is heads.get(b"POST /chunked") is None


def test_raw_bytes_hold_more_values_than_json_of_their_length() -> None:
    heads, form = Heads(), Form(OCTETS, b"99")
    for raw, length in ((b"POST /", LARGE_BYTES // 4), (b"POST /more", LARGE_BYTES // 4 + 1)):
        headers = [(b"content-length", b"%d" % length)]
        heads.remember(raw, headers, route="/v2", path="/v2", dialect=OPEN_INFERENCE, names={}, form=form)
    known = heads.get(b"POST /")
    assert known is not None
    assert known.form == form
    assert heads.get(b"POST /more") is None


def test_a_decision_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    heads = Heads()
    remember(heads, b"POST /")
    now += module.KEPT_SECONDS - 0.1
    assert heads.get(b"POST /") is not None
    now += 0.2
    assert heads.get(b"POST /") is None


def test_there_are_never_more_than_so_many() -> None:
    heads = Heads()
    for number in range(3 * MOST_HEADS):
        remember(heads, b"%d" % number)
        assert heads.get(b"%d" % number) is not None
    assert sum(heads.get(b"%d" % number) is not None for number in range(3 * MOST_HEADS)) <= MOST_HEADS
