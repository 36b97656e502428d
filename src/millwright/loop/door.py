"""The door for the signed links of alerts: GET asks and does nothing, since mail scanners follow links; POST does it, once.

It knows nobody: whoever holds a link may give its one answer. So it listens on this machine alone unless told otherwise, and
is meant to stand behind something that speaks TLS. It is a process of its own: the server of predictions does not reach the
catalogue, and callers of that one need a key that no browser brings.
"""

import signal
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from millwright.alerts.answer_page import done_page, question_page, refused_page
from millwright.alerts.text import lines_of
from millwright.alerts.token import Answer
from millwright.errors import MillwrightError, Unavailable
from millwright.loop.answering import answer_by_link, by_link, read_link
from millwright.loop.explaining import explain
from millwright.loop.workshop import Workshop
from millwright.records.alerting import AlertEntry, Told
from millwright.registry import alerts

PATH = "/answer"
_LONGEST_BODY = 8192
_SECONDS = 10.0
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Door:
    """Listens for people with links. Raises Unavailable where it cannot listen."""

    def __init__(self, shop: Workshop, host: str, port: int) -> None:
        self._shop = by_link(shop)
        try:
            self._server = _Server((host, port), _handler(self._ask, self._do))
        except OSError as error:
            fix = "choose another --port"
            raise Unavailable(f"cannot listen: {error.strerror}", where=f"{host}:{port}", fix=fix, code="port.taken") from error

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def run(self) -> None:
        """Answer until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=self.close).start())
        self.serve()

    def serve(self) -> None:
        """Answer until `close`."""
        self._server.serve_forever(0.2)
        self._server.server_close()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()

    def _ask(self, token: str) -> str:
        said = read_link(self._shop, token)
        return question_page(said, _about(self._shop, said))

    def _do(self, token: str, reason: str) -> str:
        done = answer_by_link(self._shop, token, reason=reason)
        if isinstance(done, AlertEntry):
            return done_page(f"Alert {done.number} is looked after")
        return done_page(f"Decision {done.of} is {'approved' if done.action == 'approve' else 'declined'}")


def _about(shop: Workshop, said: Answer) -> list[str]:
    """The decision with its arithmetic, or the alert, line by line."""
    if said.action != "acknowledge":
        return explain(shop, said.number).lines
    with shop.catalogue.read() as view:
        entry = alerts.numbered(view, shop.project, said.number)
    told = Told(number=entry.number, alert=entry.alert, occasion="first", times=entry.times, buttons=())
    return [line for line in lines_of(told) if line]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Somebody hung up, or something is wrong here: that is said, and the next one is answered."""
        sys.stderr.write(f"mw alerts door: {sys.exc_info()[1]}\n")


def _handler(ask: Callable[[str], str], do: Callable[[str, str], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS
        server_version = "millwright"
        sys_version = ""

        def do_GET(self) -> None:
            self._answer(lambda: ask(self._token()))

        do_HEAD = do_GET  # noqa: N815

        def do_POST(self) -> None:
            token, form = self._token(), self._form()
            self._answer(lambda: do(token, form.get("reason", [""])[0].strip()))

        def _token(self) -> str:
            return parse_qs(urlsplit(self.path).query).get("token", [""])[0]

        def _form(self) -> dict[str, list[str]]:
            length = self.headers.get("Content-Length", "0")
            size = int(length) if length.isdecimal() and len(length) < 6 else 0
            return parse_qs(self.rfile.read(min(size, _LONGEST_BODY)).decode("utf-8", "replace"))

        def _answer(self, work: Callable[[], str]) -> None:
            status = 200
            try:
                if not urlsplit(self.path).path.endswith(PATH):  # a proxy may leave what is before it
                    status, page = 404, refused_page("there is nothing here but the links of alerts")
                else:
                    page = work()
            except MillwrightError as error:
                status, page = error.status, refused_page(str(error))
            self._send(status, page.encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            for name, value in {**_HEADERS, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: a line would hold the token."""

    return Handler
