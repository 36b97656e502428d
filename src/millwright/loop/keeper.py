"""The keeper: one process that keeps the server and the steward running, tells the server of releases, and seals its log.

`mw up` is the keeper in the foreground; `mw up --detach` starts the same in the background. A lock file says who keeps; it
is the process's own, so it is free again however the process ends.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from millwright.errors import MillwrightError, Unavailable
from millwright.loop.companion import Companion
from millwright.loop.releasing import publish
from millwright.loop.retention import keep_logs
from millwright.loop.sealing import note_recent_quality, seal_logs
from millwright.loop.server import (
    DRAIN_SECONDS,
    READY_SECONDS,
    SERVER_LOCK,
    Server,
    end_leftover,
    keeping,
    last_line,
    server_file,
)
from millwright.loop.workshop import Workshop
from millwright.package.release_file import list_releases
from millwright.serve.exposure import Exposure
from millwright.stores.durable import make_folder, write_atomic
from millwright.stores.process_lock import hold, name

PUBLISH_EVERY = 2.0
SEAL_EVERY = 60.0
RESTART_PAUSE = (0.2, 10.0)


class Keeper:
    """Keeps one server process, and beside it the steward and the console, running until told to stop.

    steward, console: the commands that start them; empty: none is started, as while history is replayed.
    """

    def __init__(
        self,
        shop: Workshop,
        exposure: Exposure,
        *,
        replay: bool = False,
        steward: Sequence[str] = (),
        console: Sequence[str] = (),
    ) -> None:
        self._shop, self._exposure, self._replay = shop, exposure, replay
        self._folder = make_folder(shop.home.server)
        beside = {"steward.log": steward, "console.log": console}
        self._companions = [Companion(command, self._folder / log) for log, command in beside.items()]
        self._worker: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._pause = RESTART_PAUSE[0]

    def run(self, on_ready: Callable[["Server"], None] | None = None) -> None:
        """Serve until SIGTERM or SIGINT, then drain and seal. Raises Conflict where a keeper is there already."""
        with keeping(self._shop.home):
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            publish(self._shop)
            end_leftover(self._shop.home)
            try:
                server = self._start()
                if on_ready is not None:
                    on_ready(server)
                for companion in self._companions:
                    companion.start()
                self._watch()
            finally:
                for companion in self._companions:
                    companion.end()
                self._end_worker()
                server_file(self._shop.home).unlink(missing_ok=True)
                self._seal()

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _start(self) -> Server:
        ready = self._folder / "ready.json"
        ready.unlink(missing_ok=True)
        arguments = ["--home", self._shop.home.root, "--trust", self._shop.trust, *self._exposure.arguments()]
        workers = self._shop.spec.serve.workers or "auto"
        arguments += ["--ready-file", ready, *(["--replay"] if self._replay else ["--workers", workers])]
        command = [sys.executable, "-m", "millwright.serve", *map(str, arguments)]
        with open(self._folder / "server.log", "ab") as log, hold(self._folder / SERVER_LOCK) as lock:
            self._worker = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, pass_fds=(lock,)
            )
            name(lock, self._worker.pid)  # from now on the server holds it, whatever becomes of us
        answer = self._wait_ready(ready)
        self._exposure = replace(self._exposure, port=int(answer["port"]))
        server = Server(
            pid=os.getpid(),
            url=self._exposure.url,
            projects=tuple(path.stem for path in list_releases(self._shop.home.root)),
            replay=self._replay,
            auth=self._exposure.auth,
            certificate=self._exposure.certificate,
        )
        write_atomic(server_file(self._shop.home), json.dumps(server.as_plain()).encode())
        return server

    def _wait_ready(self, ready: Path) -> dict[str, Any]:
        assert self._worker is not None
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and not self._stopping:
            if ready.is_file() and self._worker.poll() is None:
                answer: dict[str, Any] = json.loads(ready.read_text())
                return answer
            if self._worker.poll() is not None:
                raise Unavailable(last_line(self._folder / "server.log"), code="server.start")
            time.sleep(0.02)
        raise Unavailable("the server did not become ready", where=str(self._folder / "server.log"), code="server.start")

    def _watch(self) -> None:
        published = sealed = time.monotonic()
        while not self._stopping:
            time.sleep(0.1)
            now = time.monotonic()
            if self._worker is not None and self._worker.poll() is not None:
                self._restart()
            for companion in self._companions:
                companion.keep(now)
            if now - published > PUBLISH_EVERY:
                self._try(lambda: publish(self._shop))
                published = now
            if now - sealed > SEAL_EVERY:
                self._seal()
                sealed = now

    def _restart(self) -> None:
        """A server that died is started again, more slowly each time it dies; one that cannot start yet as well."""
        time.sleep(self._pause)
        self._pause = min(self._pause * 2, RESTART_PAUSE[1])
        self._try(self._start)

    def _seal(self) -> None:
        now = self._shop.clock.now()
        self._try(lambda: seal_logs(self._shop, now))
        if not self._replay:  # what is replayed is old by the clock on the wall
            self._try(lambda: keep_logs(self._shop, now))
        self._try(lambda: note_recent_quality(self._shop, now))

    def _try(self, work: Callable[[], object]) -> None:
        """What the server can do without for a while: where it fails that is said, and the next round tries again."""
        try:
            work()
        except (MillwrightError, OSError) as error:
            sys.stderr.write(f"mw: {error}\n")
            sys.stderr.flush()

    def _end_worker(self) -> None:
        if self._worker is None or self._worker.poll() is not None:
            return
        self._worker.send_signal(signal.SIGTERM)
        try:
            self._worker.wait(DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._worker.wait()
