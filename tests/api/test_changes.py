"""What happens while a follower reads is not missed: they are told at once, and their stream ends at once."""

import asyncio
import time
from pathlib import Path

from millwright.api.events import Changes


def test_who_reads_while_it_happens_need_not_wait(tmp_path: Path) -> None:
    async def reads() -> tuple[bool, bool, float]:
        changes = Changes(tmp_path / "catalogue.sqlite")
        changes._loop = asyncio.get_running_loop()
        turn = changes.turn
        changes.stop()
        await asyncio.sleep(0)  # as whoever reads in a thread does: they do not wait yet, and are woken now
        began = time.monotonic()
        woken = await changes.wait(2.0, turn)
        return woken, await changes.wait(0.01, changes.turn), time.monotonic() - began

    woken, again, seconds = asyncio.run(reads())
    assert woken
    assert not again, "one turn wakes once"
    assert seconds < 2.0


def test_who_waits_is_woken(tmp_path: Path) -> None:
    async def waits() -> bool:
        changes = Changes(tmp_path / "catalogue.sqlite")
        changes._loop = asyncio.get_running_loop()
        waiting = asyncio.ensure_future(changes.wait(20.0, changes.turn))
        await asyncio.sleep(0)
        changes.stop()
        return await waiting

    assert asyncio.run(waits())
