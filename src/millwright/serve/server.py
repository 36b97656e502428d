"""The server process around the application: its socket, its ready file, and how it ends."""

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn

from millwright.serve.app import DataPlane
from millwright.serve.doors import deafen
from millwright.serve.tls import Certificate
from millwright.serve.wire import IDLE_SECONDS, STALLED_SECONDS, WireProtocol, end_stalled
from millwright.stores.durable import write_atomic

DRAIN_SECONDS = 20
"""How long requests that have begun may still take when the server is told to end."""
CLOSING_SECONDS = 1.0
"""How long clients are told, answer by answer, to close their connections before nobody new is let in, and how long those who
were may take after that."""
BACKLOG = 2048


class DrainingServer(uvicorn.Server):
    """On SIGTERM: let clients close their connections after their next answer, then take no new ones, finish, end."""

    def __init__(
        self,
        config: uvicorn.Config,
        plane: DataPlane,
        on_ready: Callable[[], None],
        stalled: float,
        tls: Certificate | None = None,
        idle: float | None = None,
    ) -> None:
        super().__init__(config)
        self._idle, self._busy = idle, time.monotonic()
        self._plane, self._on_ready, self._stalled, self._tls = plane, on_ready, stalled, tls
        self._closing_since: float | None = None
        self._deaf = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        self._doors = sockets or []
        await super().startup(sockets)
        self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: end stalled connections; end the server when it has drained."""
        end_stalled(self.server_state.connections, time.monotonic(), self._stalled)
        if self._tls is not None and (trouble := self._tls.look(time.monotonic())):
            sys.stderr.write(f"{trouble}\n")
        if self._idle is not None and self._rests_for(self._idle):
            self.should_exit = True
        if self._closing_since is not None:
            self.should_exit = self.should_exit or self._has_drained(time.monotonic() - self._closing_since)
        return await super().on_tick(counter)

    def _has_drained(self, seconds: float) -> bool:
        """Whether this server may end, having been told to so many seconds ago.

        First clients are told, answer by answer, to close; then nobody new is let in; then those who were are answered.
        """
        nobody = not self.server_state.connections
        if not self._deaf:
            if nobody or seconds > CLOSING_SECONDS:
                self._deaf = True
                for door in self._doors:
                    deafen(door)
            return False
        return nobody or seconds > 2 * CLOSING_SECONDS

    def _rests_for(self, seconds: float) -> bool:
        """Whether there has been no connection for so long."""
        now = time.monotonic()
        if self.server_state.connections:
            self._busy = now
        return now - self._busy > seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, the second ends at once."""
        if self._closing_since is not None:
            super().handle_exit(sig, frame)
            return
        self._plane.drain()
        self._closing_since = time.monotonic()


def run_server(
    plane: DataPlane,
    listening: socket.socket,
    ready_file: Path | None,
    *,
    stalled: float = STALLED_SECONDS,
    tls: Certificate | None = None,
    idle: float | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. `ready_file` is written once requests are answered: {"host", "port", "pid"}.

    stalled: seconds that a client may keep us waiting within one request. idle: end after so long without a connection.
    """
    config = uvicorn.Config(
        plane,
        http=partial(WireProtocol, desk=plane.desk),  # type: ignore[arg-type]  # called as the class would be
        proxy_headers=False,
        ws="none",
        loop="uvloop",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    config.load()
    config.ssl = tls.context if tls else None
    host, port = listening.getsockname()[:2] if listening.family != socket.AF_UNIX else ("", 0)

    def say_ready() -> None:
        if ready_file is not None:
            write_atomic(ready_file, json.dumps({"host": host, "port": port, "pid": os.getpid()}).encode())

    DrainingServer(config, plane, say_ready, stalled, tls, idle).run(sockets=[listening])
