"""Findings, decisions, alerts and messages for the tests of this room, and receivers that behave well and badly."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from millwright.alerts.buttons import buttons_of
from millwright.alerts.compose import alerts_of
from millwright.records.alerting import Alert, Message, Told
from millwright.records.deciding import Action, Change, Decision, Finding, FindingCheck, FindingKind, Mode

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def a_finding(kind: FindingKind = "covariate", check: FindingCheck = "drift", **fields: Any) -> Finding:
    change = Change(column="warmth", check=check, was=10.0, now=14.0, unit="mean", effect=2.0, evidence=6.5, limit=4.25)
    given: dict[str, Any] = {
        "id": f"{kind}-{check}", "project": "kiosk", "kind": kind, "check": check, "columns": ("warmth",), "effect": 2.0,
        "sentence": "warmth drifted: mean 14, 10 before (since 1 March 2026)", "since": NOW - DAY, "start": NOW - DAY,
        "event_at": NOW, "known_at": NOW, "version": 3, "rows": 900, "changes": (change,),
    }  # fmt: skip
    return Finding(**given | fields)


def a_decision(action: Action = "retrain", *, number: int = 7, mode: Mode | None = "auto", **fields: Any) -> Decision:
    term = {"name": "new labelled rows", "value": "300", "limit": "at least 200", "holds": True}
    given: dict[str, Any] = {
        "number": number, "project": "kiosk", "action": action, "version": None, "actor": "policy", "rule": "a rule",
        "reason": "policy.schedule is 14d", "evidence": {"findings": [], "terms": [term]}, "event_at": NOW, "known_at": NOW,
        "mode": mode,
    }  # fmt: skip
    return Decision(**given | fields)


def an_alert(*findings: Finding, decided: tuple[Decision, ...] = ()) -> Alert:
    (alert,) = alerts_of(findings, decided, NOW)
    return alert


def a_message(*alerts: Alert) -> Message:
    told = tuple(
        Told(number=n, alert=alert, occasion="first", times=1, buttons=buttons_of(n, alert))
        for n, alert in enumerate(alerts, 1)
    )
    return Message(id="f" * 32, project="kiosk", at=NOW, told=told)


class Receiver:
    """A server that answers each POST as `answers` says, the last answer again and again; keeps what it got.

    An answer is a status, or (status, headers), or "stall": then it says nothing until it is closed, or "trickle": then it
    sends a byte now and then for ever.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers) or [200]
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        self.closing = threading.Event()


@contextmanager
def receiving(*answers: Any) -> Iterator[tuple[Receiver, str]]:
    """A receiver in a thread, and its address."""
    receiver = Receiver(*answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, dict(self.headers), body))
            answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            if answer == "stall":
                receiver.closing.wait(20)
                return
            if answer == "trickle":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not receiver.closing.wait(0.05):
                    self.wfile.write(b"x")
                return
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"as you wish")

        def log_message(self, *_: Any) -> None:
            return

        do_GET = do_POST  # noqa: N815

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:  # a client that hung up is what some tests are about
            return

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver, f"http://127.0.0.1:{server.server_address[1]}/hook?room=1"
    finally:
        receiver.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
