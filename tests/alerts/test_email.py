"""Mail through a real mail server: in the clear, with STARTTLS, with TLS from the start, and where that is refused."""

import asyncio
import email
import email.policy
import ssl
import struct
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from alert_samples import NOW, a_decision, a_finding, a_message, an_alert
from numpy.typing import NDArray

from millwright.alerts import email as mail_channel
from millwright.alerts.channel import Surroundings, Undeliverable
from millwright.alerts.channels import channel
from millwright.alerts.letter import as_html
from millwright.alerts.picture import HEIGHT, WIDTH, picture
from millwright.records.spec import ChannelSpec

sys.path.insert(0, str(Path(__file__).parents[1] / "serve"))

from certificates import make_pair

TO = ("ada@example.com", "Grace <grace@example.com>")


class Postbox:
    """Keeps what it gets; refuses the recipients in `refuses`."""

    def __init__(self, refuses: tuple[str, ...] = ()) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.encrypted: list[bool] = []
        self.refuses = refuses

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refuses:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        self.to.append(envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@contextmanager
def mail_server(postbox: Postbox, ssl_context: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """A mail server in a thread, on a free port."""
    loop = asyncio.new_event_loop()
    serving = loop.create_server(lambda: SMTP(postbox, loop=loop, **options), "127.0.0.1", 0, ssl=ssl_context)
    server = loop.run_until_complete(serving)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def send(spec: ChannelSpec, **environment: str) -> None:
    fault = a_finding("data_fault", "unit", id="a")
    hold = a_decision("rollback", version=2, evidence={"findings": ["a"], "terms": a_decision().evidence["terms"]})
    around = Surroundings(environment=environment, base=Path(), now=lambda: NOW)
    channel(spec, around).send(a_message(an_alert(fault, decided=(hold,))))


def spec(port: int, **settings: Any) -> ChannelSpec:
    given = {"host": "localhost", "sender": "mw@example.com", "to": TO, "security": "none"}
    return ChannelSpec(name="mail", kind="email", port=port, **given | settings)


def test_a_mail_has_text_a_page_and_a_picture() -> None:
    with mail_server(postbox := Postbox()) as port:
        send(spec(port))
    (mail,) = postbox.got
    assert postbox.to == [["ada@example.com", "grace@example.com"]]
    assert mail["Subject"] == "[page] kiosk: warmth drifted"
    assert (mail["Message-ID"], mail["Importance"]) == (f"<{'f' * 32}@example.com>", "high")
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    for part in (text.get_content(), page.get_content()):
        for words in (
            "warmth drifted: mean 14",
            "the policy rolled back to v2",
            "mw ack 1",
            "mw log predictions",
            "at least 200",
        ):
            assert words in part
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{image['Content-ID'].strip('<>')}" in page.get_content()
    assert image["Content-Disposition"].startswith("inline")
    assert image.get_content() == picture((0.5, 0.5 + 1 / 3))


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS whose certificate this process believes."""
    pair = make_pair(tmp_path, "mail")
    monkeypatch.setenv("SSL_CERT_FILE", str(pair.certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.private_key)
    return context


def test_starttls_encrypts_and_logs_in(trusted: ssl.SSLContext) -> None:
    seen: list[Any] = []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"letmein", handled=False)

    options = {"tls_context": trusted, "require_starttls": True, "authenticator": authenticate, "auth_required": True}
    with mail_server(postbox := Postbox(), **options) as port:
        login = spec(port, security="starttls", user="mw", password="env:MAIL")
        send(login, MAIL="letmein")
        with pytest.raises(Undeliverable, match="535"):
            send(login, MAIL="wrong")
    assert postbox.encrypted == [True]
    assert seen[0] == (b"mw", b"letmein")


def test_a_certificate_that_nobody_believes_is_refused(trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server(postbox := Postbox(), tls_context=trusted) as port, pytest.raises(Undeliverable, match="certificate"):
        send(spec(port, security="starttls"))
    assert postbox.got == []


def test_a_server_without_starttls_gets_nothing() -> None:
    """It may be somebody in between who took the offer out."""
    with mail_server(postbox := Postbox()) as port, pytest.raises(Undeliverable, match="STARTTLS"):
        send(spec(port, security="starttls"))
    assert postbox.got == []


def test_a_recipient_that_is_refused_is_said() -> None:
    with (
        mail_server(postbox := Postbox(refuses=("grace@example.com",))) as port,
        pytest.raises(Undeliverable, match=r"refused for grace@example\.com"),
    ):
        send(spec(port))
    assert postbox.to == [["ada@example.com"]]


def test_no_server_and_one_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(mail_channel, "SECONDS", 0.4)
        with pytest.raises(Undeliverable, match=r"no answer within 0\.4 s"):
            send(spec(silent.getsockname()[1]))
        port = silent.getsockname()[1]
    with pytest.raises(Undeliverable, match=r"localhost:\d+: Connection refused"):
        send(spec(port))


def test_no_name_from_the_data_gets_into_the_head_of_a_mail_or_into_its_page() -> None:
    nasty = a_finding(sentence="a\r\nBcc: eve@example.com <script>alert(1)</script> drifted: mean 14")
    with mail_server(postbox := Postbox()) as port:
        around = Surroundings(environment={}, base=Path(), now=lambda: NOW)
        channel(spec(port), around).send(a_message(an_alert(nasty)))
    (mail,) = postbox.got
    assert mail["Bcc"] is None
    assert postbox.to == [["ada@example.com", "grace@example.com"]]
    page, _pictures = as_html(a_message(an_alert(nasty)))
    assert "<script>" not in page


def pixels_of(png: bytes) -> NDArray[np.uint8]:
    """The pixels of a PNG without filters, its checksums compared."""
    chunks, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + content) == struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0]
        chunks[kind], at = content, at + 12 + length
    width, height, *_form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, 3)


@pytest.mark.parametrize(("places", "was", "now"), [((0.0, 1.0), 9, WIDTH - 9), ((1.0, 0.5), WIDTH - 9, WIDTH // 2)])
def test_the_picture_has_a_ring_where_it_was_and_a_dot_where_it_is(places: tuple[float, float], was: int, now: int) -> None:
    middle = pixels_of(picture(places))[HEIGHT]
    assert middle.shape == (2 * WIDTH, 3)
    assert tuple(middle[2 * was]) == (255, 255, 255)
    assert tuple(middle[2 * was - 8]) == (93, 100, 109)
    assert tuple(middle[2 * now]) == (173, 59, 52)


def test_tls_from_the_start(trusted: ssl.SSLContext) -> None:
    with mail_server(postbox := Postbox(), ssl_context=trusted) as port:
        send(spec(port, security="tls"))
    assert len(postbox.got) == 1
