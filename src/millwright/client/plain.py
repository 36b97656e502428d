"""The client over Python's own http.client: for the command line, which needs no extra."""

import http.client
import ssl
from urllib.parse import urlsplit

from millwright.client.asking import Client, Wire
from millwright.client.patience import Heard, Lost
from millwright.client.speech import Ask, Speech


class PlainClient(Client):
    """What `Client` is, with one connection and no httpx; not to be shared between threads."""

    def _connect(self) -> Wire:
        return _PlainWire(self._speech)


class _PlainWire:
    def __init__(self, speech: Speech) -> None:
        parts = urlsplit(speech.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._http = kind(parts.hostname or "", parts.port)
        self._prefix, self._headers = parts.path, speech.headers

    def once(self, ask: Ask, seconds: float) -> Heard | Lost:
        """One try. A connection that failed is closed, so that the next try opens one anew."""
        self._http.timeout = seconds
        if self._http.sock is not None:
            self._http.sock.settimeout(seconds)
        try:
            self._http.request(ask.method, self._prefix + ask.path, ask.body, self._headers)
            response = self._http.getresponse()
            return Heard(response.status, response.read(), response.getheader("Retry-After", ""))
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            return Lost(str(error) or type(error).__name__, again=not isinstance(error, ssl.SSLCertVerificationError))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
