"""How a server is reached: where it listens, who may call, and by which certificate. Said at the start, and judged then."""

import ipaddress
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from millwright.errors import Unavailable
from millwright.records.record import record
from millwright.serve.keys.file import access_folder, read_keys
from millwright.serve.tls import tls_context
from millwright.stores.durable import durable_step, make_folder, unavailable

Auth = Literal["keys", "none", "platform"]
AUTHS: tuple[Auth, ...] = ("keys", "none", "platform")


@record
class Exposure:
    """auth: keys (each request needs one), none (this machine only), platform (who calls is its business); None: by the host.

    certificate, private_key: PEM files; empty: plain HTTP.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    asked_auth: Auth | None = None
    allowed_hosts: tuple[str, ...] = ()
    certificate: str = ""
    private_key: str = ""

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def auth(self) -> Auth:
        """Who may call: what was asked for, else keys wherever another machine can reach it."""
        return self.asked_auth or ("none" if self.is_local else "keys")

    @property
    def url(self) -> str:
        """Where it answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"

    @property
    def sentence(self) -> str:
        """Who may call, in a line."""
        who = {
            "keys": "each request needs an API key",
            "none": "no API key is asked for; only this machine can reach it",
            "platform": "NO API KEY IS ASKED FOR: whoever reaches it may call; the platform must see to who does",
        }
        names = f"; Hosts besides its own: {', '.join(self.allowed_hosts)}" if self.allowed_hosts else ""
        return f"{self.url}: {who[self.auth]} (--auth {self.auth}){names}"

    def arguments(self) -> list[str]:
        """The options of a server process that is reached so."""
        words = ["--host", self.host, "--port", str(self.port), "--auth", self.auth]
        words += ["--allowed-hosts", ",".join(self.allowed_hosts)] if self.allowed_hosts else []
        return [*words, *(["--tls-cert", self.certificate, "--tls-key", self.private_key] if self.certificate else [])]


def check_exposure(exposure: Exposure, home: Path) -> None:
    """Raise Unavailable where anybody could call a server of `home`, or nobody, or where its certificate is not right."""
    if exposure.certificate or exposure.private_key:
        check_tls(exposure)
    if exposure.auth == "none" and not exposure.is_local:
        raise Unavailable(
            "other machines can reach this address, and no API key is asked for",
            where=exposure.host,
            fix="leave --auth away, or listen on 127.0.0.1",
            code="auth.open",
        )
    now = datetime.now(UTC)
    if exposure.auth == "keys" and not any(key.is_in_force(now) for key in read_keys(home)):
        raise Unavailable(
            "each request needs an API key, and there is none",
            where=exposure.host,
            fix="create one with `mw keys create NAME --scopes predict,labels`",
            code="auth.no_key",
        )


def check_tls(exposure: Exposure) -> None:
    """Raise Unavailable where the certificate and its key are not right."""
    if not (exposure.certificate and exposure.private_key):
        raise Unavailable("TLS needs a certificate and its private key", fix="give --tls-cert and --tls-key", code="tls.pair")
    tls_context(Path(exposure.certificate), Path(exposure.private_key))


def note_start(exposure: Exposure, home: Path) -> None:
    """Add a start to H/access/starts.ndjson, where others than this machine's users may call. Raises Unavailable."""
    if exposure.is_local and exposure.auth == "none":
        return
    path = make_folder(access_folder(home)) / "starts.ndjson"
    line = {"at": datetime.now(UTC).isoformat(), "user": os.getuid(), "pid": os.getpid(), "arguments": exposure.arguments()}
    try:
        with durable_step("note start"), open(path, "a", encoding="utf-8", opener=_private) as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unavailable(error, path) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
