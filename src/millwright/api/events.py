"""What happens, as it happens: one watcher for the catalogue, and for each who follows no more than the place they have come
to.

Nothing is queued for anybody. Whoever is woken reads from the catalogue what came after their place; so one who reads slowly,
or was away, gets the same events a little later, and costs no more than anybody else.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool

from millwright.api.answering import Overloaded
from millwright.project import Project
from millwright.registry import news
from millwright.registry.news import Happened, Mark

LOOK_EVERY = 0.5
TRAFFIC_EVERY = 5.0
BEAT_EVERY = 15.0
MOST_FOLLOWERS = 200
MOST_OF_ONE = 20


class Changes:
    """Notices that the catalogue was changed, by whomever: SQLite counts the commits of others, and reading that costs
    nothing."""

    def __init__(self, catalogue: Path) -> None:
        self._path = catalogue
        self._stop = threading.Event()
        self._followers: dict[str, int] = {}
        self._waiting: set[asyncio.Event] = set()
        self._turn = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to look. Call it in the event loop in which those who follow are."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, name="changes", daemon=True).start()

    def stop(self) -> None:
        """Look no more; who follows is woken a last time."""
        self._stop.set()
        self._wake()

    @property
    def stopped(self) -> bool:
        """Whether nothing more is told."""
        return self._stop.is_set()

    def refuse_many(self, name: str) -> None:
        """Raise Overloaded where somebody, or all together, follow too often."""
        if sum(self._followers.values()) >= MOST_FOLLOWERS or self._followers.get(name, 0) >= MOST_OF_ONE:
            raise Overloaded("too many follow what happens", retry_after=30)

    def enter(self, name: str) -> None:
        """Count somebody who follows."""
        self._followers[name] = self._followers.get(name, 0) + 1

    def leave(self, name: str) -> None:
        """Somebody follows no more."""
        self._followers[name] -= 1
        if not self._followers[name]:
            del self._followers[name]

    @property
    def turn(self) -> int:
        """How often something may have happened so far. Take it before you read, and wait with it afterwards."""
        return self._turn

    async def wait(self, seconds: float, turn: int) -> bool:
        """Wait until something may have happened since that turn; False where so many seconds went by first."""
        if self._turn != turn:
            return True
        woken = asyncio.Event()
        self._waiting.add(woken)
        try:
            await asyncio.wait_for(woken.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(woken)
        return True

    def _run(self) -> None:
        before: Any = None
        while not self._stop.wait(LOOK_EVERY):
            try:
                before = self._look(before)
            except sqlite3.Error:  # it is being replaced, or moved: look again
                before = None

    def _look(self, before: Any) -> Any:
        with closing(sqlite3.connect(f"file:{quote(str(self._path))}?mode=ro", uri=True, timeout=1)) as db:
            while not self._stop.wait(LOOK_EVERY):
                now = (db.execute("PRAGMA data_version").fetchone()[0], self._path.stat().st_ino)
                if before is not None and now[1] != before[1]:
                    return now
                if now != before:
                    self._wake()
                before = now
        return before

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        self._turn += 1
        for woken in self._waiting:
            woken.set()


async def follow(
    changes: Changes,
    here: Project,
    name: str,
    mark: Mark | None,
    *,
    traffic: Callable[[], Any],
    progress: Callable[[], Any],
    allowed: Callable[[], bool],
) -> AsyncIterator[bytes]:
    """Events of a project from a place on (None: from now), as the lines of a stream. allowed: whether they may still see
    it."""
    changes.enter(name)
    told: dict[str, tuple[float, bytes]] = {"traffic": (0.0, b""), "progress": (0.0, b"")}
    try:
        at: Mark = mark if mark is not None else await run_in_threadpool(_newest, here)
        yield b"retry: 2000\n\n" + _event("hello", {"project": here.spec.project}, at)
        turn = changes.turn
        while not changes.stopped and await run_in_threadpool(allowed):
            for happened in await run_in_threadpool(_since, here, at):
                at = _joined(at, happened.mark)
                yield _event(happened.kind, happened, at)
            for kind, ask in (("traffic", traffic), ("progress", progress)):
                if time.monotonic() - told[kind][0] >= TRAFFIC_EVERY:
                    line = _event(kind, await run_in_threadpool(ask), None)
                    if line != told[kind][1]:
                        yield line
                    told[kind] = (time.monotonic(), line)
            if not await changes.wait(TRAFFIC_EVERY, turn):
                yield b": still here\n\n"
            turn = changes.turn  # before it is asked whether that was the end: what happens from here on is another turn
    finally:
        changes.leave(name)


def _joined(mark: Mark, other: Mark) -> Mark:
    return Mark(audit=max(mark.audit, other.audit), finding=max(mark.finding, other.finding), look=max(mark.look, other.look))


def _newest(here: Project) -> Mark:
    with here.workshop.catalogue.read() as view:
        return news.newest(view, here.spec.project)


def _since(here: Project, mark: Mark) -> tuple[Happened, ...]:
    with here.workshop.catalogue.read() as view:
        return news.since(view, here.spec.project, mark)


def _event(kind: str, data: Any, mark: Mark | None) -> bytes:
    """One event of a stream. Without a mark it is of the moment, and nobody is told it later."""
    place = f"id: {mark}\n".encode() if mark is not None else b""
    return place + f"event: {kind}\n".encode() + b"data: " + msgspec.json.encode(data) + b"\n\n"
