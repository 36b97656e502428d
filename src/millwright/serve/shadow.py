"""Shadows: the challenger answers what the live version has answered already, unseen, and its answers are logged.

A client's answer neither waits for a shadow nor fails with it. What is to be answered unseen waits in a queue of bounded
size and is worked off in order, a breath at a time, once answers have been sent; what does not fit is dropped and counted.
While history is replayed there is no queue: a request's shadow lines are in the log before its answer, so that a replay runs
the same way each time.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence

import msgspec

from millwright.errors import Unavailable
from millwright.predictions.line import Line
from millwright.predictions.log import PredictionLog
from millwright.serve.asked import Json
from millwright.serve.lines import append_by_hour
from millwright.serve.metrics import Metrics
from millwright.serve.shadow_post import GATHER_SECONDS, Posted, ShadowPost
from millwright.serve.slot import Answered, Rival

MOST_ROWS = 10_000
"""Rows that may wait. A single request may be larger: it is taken where nothing else waits."""
PIECE_ROWS = 8
"""Rows answered in one go: requests that arrive meanwhile wait for no more than that.

Where no other process answers them, the event loop does. A thread was measured and is worse: it wants Python's lock while the
live answer is written.
"""
POSTED_ROWS = 64
"""Rows sent to the other process in one go."""
FAILED: Answered = ({}, ("failed",))
"""What is logged where the challenger could not answer a row."""


class Unseen(msgspec.Struct, frozen=True):
    """Rows for a challenger to answer unseen, and the lines of the live version's answers to them.

    failed: the challenger was asked for them before, and could not answer.
    """

    rival: Rival
    rows: Sequence[Json]
    lines: Sequence[Line]
    failed: bool = False

    @property
    def project(self) -> str:
        """Whose rows they are."""
        return self.lines[0].project

    def pieces(self, size: int = PIECE_ROWS) -> Iterator["Unseen"]:
        """The same in pieces of at most `size` rows."""
        for i in range(0, len(self.rows), size):
            end = i + size
            yield Unseen(self.rival, self.rows[i:end], self.lines[i:end], self.failed)


class Shadows:
    """What waits to be answered unseen. `take` may be called from any thread; one thread at a time works.

    at_once: answer within `take`, as while history is replayed. post: send them to a process that answers them.
    """

    def __init__(
        self,
        log: PredictionLog,
        metrics: Metrics,
        *,
        at_once: bool = False,
        most_rows: int = MOST_ROWS,
        post: ShadowPost | None = None,
    ) -> None:
        self._log, self._metrics = log, metrics
        self._at_once, self._most_rows, self._post = at_once, most_rows, post
        self._queue: deque[Unseen] = deque()
        self._rows, self._lock = 0, threading.Lock()
        self._stop, self._came = threading.Event(), threading.Event()
        self._posting = threading.Thread(target=self._post_all_the_time, name="shadows", daemon=True)
        if post is not None:
            self._posting.start()

    @property
    def waiting(self) -> bool:
        """Whether anything waits to be worked on here."""
        return bool(self._queue) and self._post is None

    def take(self, unseen: Unseen) -> None:
        """Take rows to be answered unseen, or drop and count them where too many wait. Never raises for the challenger."""
        if self._at_once:
            for piece in unseen.pieces():
                self._answer(piece)
        elif not self._put(unseen):
            self._drop(unseen)

    def forget(self, project: str) -> None:
        """Drop and count what waits for a project's challenger, which may not be asked any more."""
        with self._lock:
            gone = [piece for piece in self._queue if piece.project == project]
            self._queue = deque(piece for piece in self._queue if piece.project != project)
            self._rows -= sum(len(piece.rows) for piece in gone)
        for piece in gone:
            self._drop(piece)

    def work(self, seconds: float) -> bool:
        """Answer what waits for about so many seconds, one piece at least; whether more waits."""
        until = time.perf_counter() + seconds
        while (piece := self._next()) is not None:
            self._answer(piece)
            if time.perf_counter() >= until:
                break
        return self.waiting

    def drain(self) -> None:
        """Answer all that waits, or send it."""
        if self._post is None:
            self.work(float("inf"))
        else:
            self._stop.set()
            self._came.set()
            self._posting.join()

    def _post_all_the_time(self) -> None:
        assert self._post is not None
        ends = False
        while not ends:
            self._came.wait()
            ends = self._stop.wait(GATHER_SECONDS)
            self._came.clear()
            while (piece := self._next()) is not None:
                if not self._post.send(posted(piece)):
                    self._drop(piece)
        self._post.close()

    def _put(self, unseen: Unseen) -> bool:
        with self._lock:
            if self._rows and self._rows + len(unseen.rows) > self._most_rows:
                return False
            self._queue.extend(unseen.pieces(POSTED_ROWS if self._post else PIECE_ROWS))
            self._rows += len(unseen.rows)
        if not self._came.is_set():
            self._came.set()
        return True

    def _next(self) -> Unseen | None:
        with self._lock:
            if not self._queue:
                return None
            piece = self._queue.popleft()
            self._rows -= len(piece.rows)
        return piece

    def answer_posted(self, sent: Posted, rival: Rival | None) -> None:
        """Answer what another process sent; without its challenger, which is not tried any more, drop and count it."""
        rows = sent.rows if sent.rows is not None else [line.request for line in sent.lines]
        if rival is None:
            self._metrics.dropped_unseen(sent.project, len(rows))
        else:
            self._answer(Unseen(rival, rows, sent.lines, sent.failed))

    def _answer(self, piece: Unseen) -> None:
        answers = [FAILED] * len(piece.rows) if piece.failed else _answers(piece.rival, piece.rows)
        lines = [shadow_line(piece.rival, line, answer) for line, answer in zip(piece.lines, answers, strict=True)]
        try:
            append_by_hour(self._log, lines)
        except Unavailable:
            self._drop(piece)
        self._count(piece, sum(answer is FAILED for answer in answers))

    def _count(self, piece: Unseen, failed: int) -> None:
        of = (piece.project, f"v{piece.rival.version}")
        self._metrics.challenger_failures.labels(*of).inc(failed)
        self._metrics.shadows.labels(*of).inc(len(piece.rows) - failed)

    def _drop(self, unseen: Unseen) -> None:
        self._metrics.dropped_unseen(unseen.project, len(unseen.rows))


def posted(piece: Unseen) -> Posted:
    """A piece as it is sent: the rows beside the lines only where these hide a part of them."""
    whole = all(line.request is row for line, row in zip(piece.lines, piece.rows, strict=True))
    rows = None if whole else [dict(row) for row in piece.rows]
    return Posted(piece.project, piece.rival.payload_digest, piece.lines, rows, piece.failed)


def shadow_line(rival: Rival, line: Line, answered: Answered) -> Line:
    """The line of a challenger's answer to a row: all that the live version's line says of the row, and its own answer."""
    output, flags = answered
    return Line(
        id=line.id,
        project=line.project,
        key=line.key,
        event_at=line.event_at,
        known_at=line.known_at,
        request=line.request,
        output=output,
        payload_digest=rival.payload_digest,
        version=rival.version,
        role="shadow",
        client_id=line.client_id,
        flags=flags,
        caller=line.caller,
    )


def _answers(rival: Rival, rows: Sequence[Json]) -> Sequence[Answered]:
    """All rows at once; where that fails, one by one, so that a bad row does not cost the others."""
    answers = rival.try_rows(rows)
    if answers is not None:
        return answers
    return [FAILED] if len(rows) == 1 else [(rival.try_rows([row]) or [FAILED])[0] for row in rows]
