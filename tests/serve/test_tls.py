"""TLS by two files: judged before the start, spoken by a real server, renewed while it runs."""

import http.client
import ssl
import time
from pathlib import Path

import pytest

from millwright.errors import Unavailable
from millwright.serve.exposure import Exposure, check_exposure
from millwright.serve.tls import tls_context

from .certificates import Pair, make_pair
from .released import Home
from .running import error_of


def shown(port: int, *trusted: Pair, version: ssl.TLSVersion | None = None) -> bytes:
    """The certificate that a server shows to a client who believes these, after an answer from /health."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for pair in trusted:
        context.load_verify_locations(pair.certificate)
    if version:
        context.maximum_version = version
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    try:
        connection.connect()
        certificate = connection.sock.getpeercert(binary_form=True)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
    finally:
        connection.close()
    assert certificate
    return certificate


def der(pair: Pair) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())


def files(folder: Path) -> dict[str, tuple[Path, Path, str]]:
    good, other = make_pair(folder, "good"), make_pair(folder, "other")
    old, coming = make_pair(folder, "old", days=-1), make_pair(folder, "coming")
    hidden = make_pair(folder, "hidden", password=b"secret")
    (folder / "text").write_text("no PEM")
    return {
        "a missing certificate": (folder / "nowhere", good.private_key, "tls.file"),
        "a missing key": (good.certificate, folder / "nowhere", "tls.file"),
        "a folder": (folder, good.private_key, "tls.file"),
        "no certificate": (folder / "text", good.private_key, "tls.certificate"),
        "no key": (good.certificate, folder / "text", "tls.key"),
        "a key with a password": (hidden.certificate, hidden.private_key, "tls.key"),
        "the key of another": (good.certificate, other.private_key, "tls.mismatch"),
        "expired": (old.certificate, old.private_key, "tls.expired"),
        "the key alone": (Path(), coming.private_key, "tls.pair"),
        "the certificate alone": (coming.certificate, Path(), "tls.pair"),
    }


def test_nothing_older_than_tls_1_2_is_spoken(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, "live")
    assert tls_context(pair.certificate, pair.private_key).minimum_version == ssl.TLSVersion.TLSv1_2


def test_files_that_are_not_right_are_named_before_the_start(tmp_path: Path) -> None:
    for name, (certificate, private_key, code) in files(tmp_path).items():
        given = ["" if path == Path() else str(path) for path in (certificate, private_key)]
        with pytest.raises(Unavailable) as refused:
            check_exposure(Exposure(certificate=given[0], private_key=given[1]), tmp_path)
        assert refused.value.code == code, name
        assert code == "tls.pair" or refused.value.where in given, name


def test_a_server_with_a_certificate_speaks_tls_and_takes_a_renewed_one_up(tmp_path: Path) -> None:
    pair, renewed, stranger = (make_pair(tmp_path, name) for name in ("live", "renewed", "stranger"))
    first = der(pair)
    with Home(tmp_path).serve(*pair.options) as server:
        assert shown(server.port, pair) == first
        assert shown(server.port, pair, version=ssl.TLSVersion.TLSv1_2) == first
        with pytest.raises(ssl.SSLCertVerificationError):
            shown(server.port, stranger)
        old = Pair(tmp_path / "before.pem", pair.private_key)
        old.certificate.write_bytes(pair.certificate.read_bytes())

        pair.certificate.write_bytes(renewed.certificate.read_bytes())  # half of a renewal
        wait_until_said(tmp_path, "the certificate of before goes on")
        assert shown(server.port, old) == first
        pair.replace_by(renewed)
        until = time.monotonic() + 20
        while shown(server.port, old, renewed) != der(renewed):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert server.end() == 0
    assert "Traceback" not in (tmp_path / "said.txt").read_text()


def wait_until_said(home: Path, words: str) -> None:
    until = time.monotonic() + 20
    while words not in (home / "said.txt").read_text():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_what_is_no_tls_costs_the_others_nothing(tmp_path: Path) -> None:
    pair = make_pair(tmp_path, "live")
    with Home(tmp_path).serve(*pair.options) as server:
        for raw in (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\x00" * 100):
            answer = server.send(raw)
            assert not answer.startswith(b"HTTP/1.1 200")
            assert shown(server.port, pair) == der(pair)
        assert server.end() == 0
    assert "Traceback" not in (tmp_path / "said.txt").read_text()


def test_a_large_refused_request_is_answered_over_tls_too(tmp_path: Path) -> None:
    """The wire's own answers (here: too many headers) go through the same transport."""
    pair = make_pair(tmp_path, "live")
    with Home(tmp_path).serve(*pair.options) as server:
        context = ssl.create_default_context(cafile=str(pair.certificate))
        connection = http.client.HTTPSConnection("localhost", server.port, timeout=10, context=context)
        connection.connect()
        connection.sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: 1\r\n" * 500 + b"\r\n")
        raw = b""
        while piece := connection.sock.recv(4096):
            raw += piece
        connection.close()
        assert error_of(raw)[0] == 431
