"""The control plane as a process: where it listens, who may know of it, how it ends."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FrameType

import uvicorn

from millwright.api.app import Opening, around, open_desk
from millwright.errors import Conflict, Unavailable
from millwright.loop.control_plane import CONSOLE_LOCK, ControlServer, console_file
from millwright.stores.durable import write_atomic
from millwright.stores.home import Home
from millwright.stores.process_lock import hold

NICE = 10
"""How far it steps back for the data plane, which shares the machine."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen. port 0 takes a free one; or_free: and so does one that is taken. parent: a process without which this
    one ends."""

    host: str = "127.0.0.1"
    port: int = 8181
    parent: int | None = None
    or_free: bool = False


def serve(opening: Opening, where: Listening, on_ready: Callable[[ControlServer], None]) -> None:
    """Answer until SIGTERM or Ctrl-C. Raises Conflict where a control plane runs here already, Unavailable where the port is
    taken."""
    home = opening.places[0].home
    try:
        with hold(home.server / CONSOLE_LOCK):
            _serve(opening, where, home, on_ready)
    except BlockingIOError as error:
        raise Conflict(
            "the console is open here already", fix="`mw console link` prints a link to it", code="console.running"
        ) from error


def _serve(opening: Opening, where: Listening, home: Home, on_ready: Callable[[ControlServer], None]) -> None:
    listener = _listen(where)
    desk = open_desk(opening)
    app = around(desk, opening)
    os.nice(NICE)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, date_header=True, timeout_graceful_shutdown=3,
        timeout_keep_alive=30, h11_max_incomplete_event_size=64 << 10, limit_concurrency=500,
    )  # fmt: skip
    server = _Server(config)
    console_file(home).unlink(missing_ok=True)  # of one that was killed
    me = ControlServer(pid=os.getpid(), host=where.host, port=listener.getsockname()[1], base=opening.base)
    if where.parent is not None:
        threading.Thread(target=_end_with, args=(where.parent, server), daemon=True).start()

    def ready() -> None:
        write_atomic(console_file(home), json.dumps(me.as_plain()).encode())  # who reads it may ask at once
        on_ready(me)

    try:
        server.tell, server.leave = ready, desk.extras["changes"].stop
        server.run(sockets=[listener])
    finally:
        console_file(home).unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """Says when it answers, and ends without a traceback. leave: called before it waits for those who are still being answered,
    so that streams end by themselves."""

    tell: Callable[[], None] = staticmethod(lambda: None)
    leave: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.leave()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(signal.SIGTERM if sig == signal.SIGINT else sig, frame)
        self._captured_signals.clear()  # it is meant: nothing is raised again at the end


def _listen(where: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((where.host, where.port))
    except OSError as error:
        listener.close()
        if where.or_free:
            return _listen(replace(where, port=0, or_free=False))
        fix = "choose another with --port, or console.port in the spec"
        raise Unavailable(
            f"cannot listen: {error.strerror}", where=f"{where.host}:{where.port}", fix=fix, code="port.taken"
        ) from error
    listener.set_inheritable(True)
    return listener


def _end_with(parent: int, server: uvicorn.Server) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    server.should_exit = True
