"""Rows sent to the process that answers for challengers: each piece once, and no more of a processor than it may have."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.predictions.line import Line
from millwright.serve import shadow_post
from millwright.serve.shadow_post import Posted, ShadowPost, receive, rest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def piece(name: str) -> Posted:
    line = Line(
        id=name,
        project="toy",
        key=None,
        event_at=NOON,
        known_at=NOON,
        request={"x": 2**70, "dest": "ATL"},
        output={},
        payload_digest="9",
        version=9,
        role="live",
    )
    return Posted("toy", "9", [line], None, False)


def received(folder: Path, senders: list[list[Posted]], take: Callable[[Posted], float]) -> list[tuple[str, float]]:
    """Names of the pieces that came from several senders at once, in order, and when each was taken."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(folder / "shadow.sock"))
    door.listen()
    taken: list[tuple[str, float]] = []

    def note(posted: Posted) -> float:
        taken.append((posted.lines[0].id, time.monotonic()))
        return take(posted)

    def send(pieces: list[Posted]) -> None:
        post = ShadowPost(folder / "shadow.sock")
        assert [post.send(one) for one in pieces] == [True] * len(pieces)
        post.close()

    threads = [threading.Thread(target=send, args=(pieces,)) for pieces in senders]
    for thread in threads:
        thread.start()
    expected = sum(map(len, senders))
    asyncio.run(asyncio.wait_for(receive(door, note, lambda came: not came and len(taken) == expected), 30))
    for thread in threads:
        thread.join()
    return taken


def test_each_piece_comes_once_and_in_the_order_of_its_sender(tmp_path: Path) -> None:
    senders = [[piece(f"{who}{number}") for number in range(20)] for who in "ab"]
    names = [name for name, _ in received(tmp_path, senders, lambda posted: 1.0)]
    assert sorted(names) == sorted(one.lines[0].id for pieces in senders for one in pieces)
    for who in "ab":
        assert [name for name in names if name.startswith(who)] == [f"{who}{number}" for number in range(20)]


def test_between_two_pieces_lies_the_rest_whoever_sent_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def long_rest(worked: float, share: float) -> float:
        asked.append(share)
        assert worked >= 0.005
        return 0.1

    def work(_: Posted) -> float:
        time.sleep(0.005)
        return 0.3

    monkeypatch.setattr(shadow_post, "rest", long_rest)
    moments = [at for _, at in received(tmp_path, [[piece("a1"), piece("a2")], [piece("b1")]], work)]
    assert asked == [0.3] * 3
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(moments))


@given(st.floats(0, 1e3), st.floats(0.01, 1))
def test_work_is_the_given_share_of_work_and_rest(worked: float, share: float) -> None:
    assert worked == pytest.approx(share * (worked + rest(worked, share)))
    assert rest(worked, 1) == 0


def test_with_nobody_there_nothing_is_sent(tmp_path: Path) -> None:
    assert not ShadowPost(tmp_path / "nobody.sock").send(piece("a"))
