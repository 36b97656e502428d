"""The play: a first model as on its day, and then each row, label and tick when it was due."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import shorten

from millwright.loop.opened import live_version, open_model
from millwright.loop.playing import Played, Player
from millwright.loop.progress import Listener
from millwright.loop.rehearsal.faults import with_faults
from millwright.loop.rehearsal.place import note_progress
from millwright.loop.rehearsal.plan import Plan
from millwright.loop.rehearsal.planes import Staged
from millwright.loop.rehearsal.table import History
from millwright.loop.releasing import promote
from millwright.loop.tick import said
from millwright.loop.train import train
from millwright.loop.workshop import Workshop
from millwright.records.release import Version
from millwright.stores.clock import FixedClock

AT_ONCE = 500
MOST_CLASSES = 50
SENT = ("feature", "key", "time", "group")
"""What a client can know when it asks: columns of these roles."""
_LINE, _SPOKEN_EVERY, _NOTED_EVERY = 160, 10.0, 2.0

Say = Callable[[str], None]


def first_release(shop: Workshop, plan: Plan, listen: Listener) -> tuple[Version, str]:
    """Train as at the start and make it live; what has to be said of that, if anything."""
    at_start = replace(shop, clock=FixedClock(plan.start))
    outcome = train(at_start, listen)
    if outcome.released:
        return outcome.version, ""
    promote(at_start, outcome.version.name, reason="the rehearsal begins with what there is, against its verdict", force=True)
    return outcome.version, f"{outcome.version.name} did not pass its gates; the rehearsal begins with it all the same"


def sent_columns(shop: Workshop) -> tuple[str, ...]:
    """The columns that a client sends, as the contract of the live version has them."""
    live = live_version(shop)
    assert live is not None
    contract = open_model(shop, live).payload.scorer.contract
    return tuple(column.name for column in contract.columns if column.role in SENT)


def play(
    shop: Workshop,
    plane: AbstractContextManager[Staged],
    plan: Plan,
    history: History,
    teller: "Teller",
    at_once: int = AT_ONCE,
) -> Played:
    """Play the table through the loop, with its faults; then tell the labels that come later, so that all can be judged."""
    stream = history.play(sent_columns(shop), plan.start, plan.end)
    broken = with_faults(stream, plan.faults, history.outcomes(plan.start, MOST_CLASSES))
    with plane as staged:
        player = Player(staged.shop, staged.plane, on_tick=teller, at_once=at_once)
        player.play((one for one in broken if one.at < plan.end), plan.start, plan.end)
        player.tell_the_rest()
        return player.played


@dataclass(slots=True)
class Teller:
    """Says what each tick decided and how far the play is, and writes the latter down. asked: the digest of what is played."""

    say: Say
    folder: Path
    asked: str
    plan: Plan
    clock: Callable[[], float] = time.monotonic
    _began: float | None = None
    _spoke: float = 0.0
    _noted: float = 0.0

    def __call__(self, at: datetime, played: Played) -> None:
        now = self.clock()
        self._began = now if self._began is None else self._began
        for decision in played.ticks[-1].decisions:
            self.say(f"   {at:%Y-%m-%d}: {shorten(said(decision), _LINE, placeholder=' ...')}")
        if now - self._noted > _NOTED_EVERY:
            self._noted = now
            note_progress(self.folder, self.asked, at)
        if now - self._spoke > _SPOKEN_EVERY:
            self._spoke = now
            self.say(f"   {self._how_far(at, played, now - self._began)}")

    def _how_far(self, at: datetime, played: Played, seconds: float) -> str:
        done = (at - self.plan.start) / max(self.plan.end - self.plan.start, timedelta(microseconds=1))
        left = f", about {seconds / done * (1 - done):.0f} s to go" if done > 0 and seconds > 1 else ""
        return f"{at:%Y-%m-%d}: {done:.0%} played, {played.predictions:,} rows answered, {played.labels:,} labels told{left}"
