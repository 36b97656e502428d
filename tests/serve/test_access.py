"""Host and Origin on every route and method; no route without a permission."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.serve.access import Access, Permission
from millwright.serve.refusal import RequestRefused
from millwright.serve.router import Route, Router

from .running import Running

PATHS = ["/v1/predict", "/v1/projects/toy/labels", "/health", "/metrics", "/v2/models/toy/infer", "/ping", "/nothing/here"]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "NOTHING"]
GOOD_HOSTS = ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]:8080"]
BAD_HOSTS = [
    "evil.test",
    "evil.test:8080",
    "localhost.evil.test",
    "localhost/evil",
    "localhost@evil.test",
    "127.0.0.1:port",
    "127.0.0.2",
    "",
    "localhost evil.test",
    "[::1",
    "*",
]


async def nothing(*_: Any) -> Any:
    return None


def status_of(access: Access, *headers: tuple[bytes, bytes]) -> int:
    try:
        access.check(Permission.PREDICT, headers)
    except RequestRefused as refused:
        return refused.status
    return 200


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_our_own_names_are_answered(host: str) -> None:
    assert status_of(Access("127.0.0.1"), (b"host", host.encode())) == 200


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_other_names_are_not(host: str) -> None:
    assert status_of(Access("0.0.0.0"), (b"host", host.encode())) == 421


@given(st.binary(max_size=40))
def test_no_bytes_but_our_names_are_a_host(host: bytes) -> None:
    ours = {b"localhost", b"127.0.0.1", b"[::1]"}
    assert (status_of(Access("127.0.0.1"), (b"host", host)) == 200) == (
        host.lower().rpartition(b":")[0] in ours or host.lower() in ours
    )


def test_there_is_exactly_one_host() -> None:
    access = Access("127.0.0.1")
    assert status_of(access) == 421
    assert status_of(access, (b"host", b"localhost"), (b"host", b"localhost")) == 421


def test_names_can_be_allowed() -> None:
    assert status_of(Access("10.0.0.7", ["Models.Example"]), (b"host", b"models.example:80")) == 200
    assert status_of(Access("10.0.0.7"), (b"host", b"10.0.0.7:80")) == 200
    assert status_of(Access("0.0.0.0", ["*"]), (b"host", b"anything.example")) == 200


@pytest.mark.parametrize("origin", [b"http://evil.test", b"null", b"http://localhost:3000", b"", b"http://localhost.evil.test"])
def test_pages_of_other_origins_are_refused(origin: bytes) -> None:
    assert status_of(Access("127.0.0.1"), (b"host", b"localhost:8080"), (b"origin", origin)) == 403


def test_a_page_of_our_own_origin_is_answered() -> None:
    assert status_of(Access("127.0.0.1"), (b"host", b"localhost:8080"), (b"origin", b"http://localhost:8080")) == 200


def test_two_origins_are_none_of_ours() -> None:
    ours = (b"origin", b"http://localhost")
    assert status_of(Access("127.0.0.1"), (b"host", b"localhost"), ours, ours) == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_every_path_checks_host_and_origin(server: Running, method: str, path: str) -> None:
    """Also where no route is: what is there is told to nobody who does not come from where it says."""
    ask = f"{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: application/json\r\n"
    for headers, status in (("Host: evil.test", 421), ("Host: localhost\r\nOrigin: http://evil.test", 403), ("X: y", 421)):
        raw = server.send(f"{ask}{headers}\r\n\r\n{{}}".encode())
        assert status_line(raw) == (400 if method == "NOTHING" else status), headers


def test_cross_origin_requests_are_never_invited(server: Running) -> None:
    for method in ("OPTIONS", "GET"):
        headers = {"Origin": "http://localhost", "Access-Control-Request-Method": "POST", "Host": "localhost"}
        answer = server.ask(method, "/v1/predict", headers=headers)
        assert answer.status == 405
        assert not [name for name in answer.headers if name.startswith("access-control")]


def status_line(raw: bytes) -> int:
    """The status of a raw response, which may have no body."""
    return int(raw.split(b" ", 2)[1])


def test_a_route_without_a_permission_stops_the_start() -> None:
    with pytest.raises(ValueError, match="names no permission"):
        Router([Route("GET", "/open", None, nothing)])  # type: ignore[arg-type]


def test_a_route_that_comes_twice_stops_the_start() -> None:
    with pytest.raises(ValueError, match="twice"):
        Router([Route("GET", "/a", Permission.PREDICT, nothing)] * 2)
