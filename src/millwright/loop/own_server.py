"""Asking the running server as its own machine does: over the address it has, trusting exactly the certificate it was given."""

import http.client
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from millwright.errors import MillwrightError
from millwright.loop.server import Server
from millwright.serve.keys.file import local_key
from millwright.stores.home import Home

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (what listens everywhere is asked here)

_SPEAKS_OF_ITSELF = (200, 503)
"""What /ready answers with. Anything else is a refusal, and says nothing of the server."""


def ask(server: Server, home: Home, path: str, seconds: float) -> bytes | None:
    """The body of the answer to GET `path`; None where none comes in time, it is refused, or another certificate is shown."""
    try:
        connection = _connected(server, seconds)
    except (OSError, ValueError, http.client.HTTPException):
        return None
    try:
        headers = {"Host": "localhost"}
        if server.auth == "keys":
            headers["Authorization"] = f"Bearer {local_key(home.root)}"
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.read() if answer.status in _SPEAKS_OF_ITSELF else None
    except (OSError, MillwrightError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _connected(server: Server, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(server.url)
    host = _ANYWHERE.get(parts.hostname or "", parts.hostname or "")
    if not server.certificate:
        connection = http.client.HTTPConnection(host, parts.port, timeout=seconds)
        connection.connect()
        return connection
    mine = ssl.PEM_cert_to_DER_cert(_first(Path(server.certificate).read_text("ascii")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # compared below, byte by byte
    secure = http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=context)
    secure.connect()
    if secure.sock.getpeercert(binary_form=True) != mine:
        secure.close()
        raise ValueError("the server shows another certificate")
    return secure


def _first(pem: str) -> str:
    """The server's own certificate: the first of its chain."""
    end = "-----END CERTIFICATE-----"
    return pem[: pem.index(end) + len(end)] + "\n"
