"""What years leave in a catalogue: runs with their judgements, versions, looks, findings and decisions, entered as the loop
enters them, from those that are there."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from millwright.loop.workshop import Workshop
from millwright.package.keys import Trust
from millwright.package.verify import Verified, verify_package
from millwright.records.codec import sha256
from millwright.records.running import Run, RunState, Step
from millwright.registry import decisions, findings, runs, steps, versions, watched

VERSIONS, LOOKS, FOUND, DECIDED = 300, 1_000, 5_000, 5_000
AT_ONCE = 500
DAY = timedelta(days=1)
STATES: tuple[RunState, ...] = ("finished", "finished", "finished", "failed", "refused")


_Enter = Callable[[Connection, int], None]


def leave(shop: Workshop, end: datetime, many_runs: int) -> None:
    """Enter it all, the oldest first, the newest at `end`."""
    _many(shop, many_runs, _runs(shop, end, many_runs))
    _many(shop, LOOKS, _looks(shop))
    _many(shop, FOUND, _findings(shop))
    _many(shop, DECIDED, _decisions(shop))


def _many(shop: Workshop, many: int, enter: _Enter) -> None:
    for first in range(0, many, AT_ONCE):
        with shop.catalogue.write() as tx:
            for number in range(first, min(first + AT_ONCE, many)):
                enter(tx, number)


def _runs(shop: Workshop, end: datetime, many: int) -> _Enter:
    """Runs of an hour each, three in five of them finished and judged; the last `VERSIONS` finished ones made a version."""
    with shop.catalogue.read() as view:
        real = runs.page(view, shop.project, limit=1)[0]
        judged = next(step.output for step in steps.of_run(view, real.id) if step.name == "evaluate")
        version = versions.latest(view, shop.project)
    assert version is not None
    verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))

    def enter(tx: Connection, number: int) -> None:
        began = end - (many - number) * DAY / 8
        run = replace(real, id=_name("run", number)[:16], state="running", as_of=began, started_at=began, finished_at=None)
        runs.start(tx, replace(run, reason="", version=None, actor=f"person {number % 7}"))
        state, ended = STATES[number % len(STATES)], began + DAY / 24
        made = _judged(tx, run, judged, ended) if state == "finished" else None
        entered = made is not None and number >= many - 2 * VERSIONS
        named = _version(shop, tx, verified, run, ended, version.summary) if entered else None
        reason = "" if state == "finished" else "flights.parquet: no rows after 1 January"
        runs.finish(tx, run.id, state, at=ended, reason=reason, version=named)

    return enter


def _name(kind: str, number: int) -> str:
    return sha256(f"{kind} {number}".encode())


def _judged(tx: Connection, run: Run, judged: str, at: datetime) -> Step:
    return steps.record(
        tx, Step(run=run.id, name="evaluate", inputs=_name(run.id, 0), output=judged, started_at=run.started_at, finished_at=at)
    )


def _version(shop: Workshop, tx: Connection, verified: Verified, run: Run, at: datetime, summary: str) -> int:
    """The same package under another name: its files are the same ones."""
    name = _name(run.id, 1)
    shutil.copytree(shop.home.packages / verified.digest, shop.home.packages / name, copy_function=os.link)
    package = replace(verified, digest=name)
    entered = versions.add(tx, package, run=run.id, verdict="passed", summary=summary, actor=run.actor, created_at=at)
    return entered.number


def _looks(shop: Workshop) -> _Enter:
    """A look a day in the years before the first one."""
    with shop.catalogue.read() as view:
        real = watched.page(view, shop.project, limit=50)
    first = real[-1].window

    def enter(tx: Connection, number: int) -> None:
        like = real[number % len(real)]
        end = first.start - (LOOKS - number) * DAY
        window = replace(like.window, start=end - DAY, end=end, known_at=end)
        quality = replace(like.quality, window=replace(like.quality.window, start=end - DAY, end=end)) if like.quality else None
        watched.add(tx, replace(like, window=window, quality=quality))

    return enter


def _findings(shop: Workshop) -> _Enter:
    with shop.catalogue.read() as view:
        real = findings.page(view, shop.project, limit=50)

    def enter(tx: Connection, number: int) -> None:
        like = real[number % len(real)]
        findings.add(tx, replace(like, id=_name("finding", number)))

    return enter


def _decisions(shop: Workshop) -> _Enter:
    with shop.catalogue.read() as view:
        real = decisions.page(view, shop.project, limit=50)

    def enter(tx: Connection, number: int) -> None:
        like = real[number % len(real)]
        values = {name: getattr(like, name) for name in like.__dataclass_fields__ if name not in ("number", "of")}
        decisions.add(tx, **values)

    return enter
