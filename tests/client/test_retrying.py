"""What a client makes of lost answers, killed servers, refusals that pass, and hosts that never answer."""

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from millwright.client import AsyncClient, Client, Prediction, RequestRefused, Retries, ServerUnreachable
from millwright.client.plain import PlainClient
from millwright.predictions.window import Logs, window
from serve.running import ROW, Running, toy

from .relay import relaying

QUICK = Retries(first=0.01, longest=0.05)


def ask_async(url: str, rows: list[dict[str, Any]], retries: Retries) -> list[Prediction]:
    """The answers, by the client for an event loop."""

    async def ask() -> list[Prediction]:
        async with AsyncClient(url, retries=retries) as client:
            return list(await client.predict(rows))

    return asyncio.run(ask())


def ask_httpx(url: str, rows: list[dict[str, Any]], retries: Retries) -> list[Prediction]:
    """The answers, by the client that waits."""
    with Client(url, retries=retries) as client:
        return list(client.predict(rows))


def ask_plain(url: str, rows: list[dict[str, Any]], retries: Retries) -> list[Prediction]:
    """The answers, by the client of the command line."""
    with PlainClient(url, retries=retries) as client:
        return list(client.predict(rows))


EVERY_CLIENT = pytest.mark.parametrize("ask", [ask_httpx, ask_async, ask_plain])


@EVERY_CLIENT
def test_an_answer_lost_on_its_way_is_given_again_and_the_row_is_logged_once(server: Running, ask: Any) -> None:
    before = len(server.logged())
    with relaying(server.port) as relay:
        relay.lose = 3
        answers = ask(relay.url, [ROW, {**ROW, "x0": 1}], QUICK)
    bodies = {request.partition(b"\r\n\r\n")[2] for request in relay.requests}
    assert len(relay.requests) == 4
    assert len(bodies) == 1, "the same ids each time"
    assert [one.id for one in answers] == [line["id"] for line in server.logged()[before:]]


@EVERY_CLIENT
def test_a_server_killed_before_its_answer_arrived_and_started_again_counts_the_row_once(tmp_path: Path, ask: Any) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(toy(tmp_path))
        relay = stack.enter_context(relaying(first.port))

        def kill_and_start_again() -> None:
            first.process.kill()
            first.process.wait()
            relay.to = stack.enter_context(toy(tmp_path)).port

        relay.lose, relay.meanwhile = 1, kill_and_start_again
        (answer,) = ask(relay.url, [ROW], QUICK)
        ids = [json.loads(request.partition(b"\r\n\r\n")[2])["ids"] for request in relay.requests]
        logged = first.logged()
    assert ids[0] == ids[1]
    assert {line["client_id"] for line in logged} == set(ids[0])
    assert answer.id in [line["id"] for line in logged]
    now = datetime.now(UTC) + timedelta(minutes=1)
    counted, _ = window(Logs.of(tmp_path), "toy", now - timedelta(hours=1), now, as_of=now)
    assert counted.predictions == 1


def test_a_server_that_is_down_for_a_while_is_waited_for(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(toy(tmp_path))
        relay = stack.enter_context(relaying(first.port))
        with Client(relay.url, retries=Retries(times=60, first=0.05, longest=0.1)) as client:
            before = client.predict_one(ROW)
            first.process.kill()
            first.process.wait()
            starter = threading.Timer(0.3, lambda: setattr(relay, "to", stack.enter_context(toy(tmp_path)).port))
            starter.start()
            after = client.predict_one(ROW)
            starter.join()
        assert [line["id"] for line in first.logged()] == [before.id, after.id]


def test_a_refusal_that_passes_is_waited_out_for_as_long_as_it_says(tmp_path: Path) -> None:
    with toy(tmp_path, "--empty", "--swap-every", "0.5") as server, Client(f"http://127.0.0.1:{server.port}") as client:
        assert client.predict_one(ROW).version
        refused = server.metric('millwright_requests_total{code="503",route="/v1/predict"}')
        assert refused == 1, "Retry-After: 1 is heeded: the back-off alone would have come again before there was an answer"


def test_a_refusal_that_stays_is_told_in_the_end(tmp_path: Path) -> None:
    with toy(tmp_path, "--empty") as server, Client(f"http://127.0.0.1:{server.port}", retries=1) as client:
        assert not client.ready()
        assert server.metric('millwright_requests_total{code="503",route="/ready"}') == 1, "asked once"
        with pytest.raises(RequestRefused) as said:
            client.predict_one(ROW)
        assert (said.value.status, said.value.code, said.value.hint) == (503, "release.none", "promote a version: mw promote")
        assert server.metric('millwright_requests_total{code="503",route="/v1/predict"}') == 2


def test_an_overloaded_server_answers_everyone_in_the_end(tmp_path: Path) -> None:
    rows = [{**ROW, "who": "x" * 200}] * 120
    with toy(tmp_path, "--seconds-a-row", "0.001") as server:
        with Client(f"http://127.0.0.1:{server.port}") as client:
            answers: list[int] = []
            threads = [threading.Thread(target=lambda: answers.append(len(client.predict(rows)))) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        refused = server.metric('millwright_requests_total{code="503",route="/v1/predict"}')
        logged = server.logged()
    assert answers == [120] * 16
    assert refused > 0, "the test overloads it"
    assert len(logged) == len({line["client_id"] for line in logged}) == 16 * 120


@EVERY_CLIENT
def test_a_host_that_is_dead_is_given_up(ask: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(ServerUnreachable) as said:
        ask(f"http://127.0.0.1:{port}", [ROW], QUICK)
    assert said.value.where == f"http://127.0.0.1:{port}"
    assert "refused" in said.value.what.lower() or "all connection attempts failed" in said.value.what.lower()


@EVERY_CLIENT
def test_a_host_that_says_nothing_is_given_up_at_the_deadline(ask: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ServerUnreachable, match="no answer"):
        ask(f"http://127.0.0.1:{silent.getsockname()[1]}", [ROW], Retries(times=50, first=0.01, deadline=0.4))


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """The TLS of a server whose certificate nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@EVERY_CLIENT
def test_a_certificate_that_nobody_trusts_is_told_at_once(strangers: ssl.SSLContext, ask: Any) -> None:
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def take() -> None:
            while True:
                try:
                    near, _ = door.accept()
                except OSError:
                    return
                came.append(near.fileno())
                with near, contextlib.suppress(OSError):
                    strangers.wrap_socket(near, server_side=True).close()

        threading.Thread(target=take, daemon=True).start()
        with pytest.raises(ServerUnreachable, match=r"(?i)certificate"):
            ask(f"https://localhost:{door.getsockname()[1]}", [ROW], QUICK)
        door.shutdown(socket.SHUT_RDWR)
    assert len(came) == 1, "it is not tried again"


def test_what_was_answered_before_a_part_failed_is_in_the_error(server: Running) -> None:
    ids = [f"cut-{number}" for number in range(4)]
    with relaying(server.port) as relay, Client(relay.url, retries=2, max_rows=2) as client:
        relay.spare, relay.lose = 1, 3
        with pytest.raises(ServerUnreachable) as said:
            client.predict([ROW] * 4, ids)
        answer = client.predict([ROW] * 4, ids)
    assert said.value.answered == answer.predictions[:2]
    assert [line["id"] for line in server.logged() if line["client_id"] in ids] == [one.id for one in answer]
