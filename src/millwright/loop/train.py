"""A training run: from a spec to a judged, signed version. Stop it anywhere; the same command goes on where it was."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from millwright.errors import Conflict, DataRefused, MillwrightError, Unavailable
from millwright.loop.judge import judge_candidate
from millwright.loop.learn import learn
from millwright.loop.order import Order
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.progress import Listener, at_stage
from millwright.loop.prove import prove
from millwright.loop.releasing import promote, publish
from millwright.loop.rolling import window_start
from millwright.loop.ship import ship
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.families import check_installed
from millwright.package.keys import SigningKey
from millwright.predictions.ids import IdMaker
from millwright.records.codec import digest_of
from millwright.records.release import Release, Version
from millwright.records.running import Run, RunState
from millwright.registry import releases, runs
from millwright.stores.process_lock import hold, holder


def train(shop: Workshop, listen: Listener, order: Order | None = None) -> TrainOutcome:
    """Run every stage, skipping finished steps. Raises DataRefused where the data stops the run; Conflict where one is
    under way already. A run that ends badly is recorded with its reason; one that was killed is taken up again."""
    with _alone(shop):
        run = _begin(shop, order)
        try:
            outcome = _stages(shop, run, listen, order)
        except MillwrightError as error:
            if order is None or not isinstance(error, Unavailable):  # a retrain that found no room is gone on with later
                _end(shop, run, error)
            raise
        shutil.rmtree(shop.home.work / run.id, ignore_errors=True)
        return outcome


def _stages(shop: Workshop, run: Run, listen: Listener, order: Order | None) -> TrainOutcome:
    steps, only = Steps(shop, run, listen), order.only if order else ()
    kept = [config.family for one in only for config in one.fitted]
    check_installed(kept or shop.spec.search.families)  # before the search, not in it
    proof = prove(shop, run, steps, order.take if order else None)
    SigningKey.at(shop.signing_key, shop.trust)  # a key that may not sign is told of before the search, not after it
    since, holdout = window_start(shop, run, steps, proof, order), order.holdout if order else None
    table = Table(shop, proof.snapshot, proof.contract, since=since, holdout=holdout)
    lesson = learn(shop, run, steps, proof, table, listen, only)
    judged = judge_candidate(shop, run, steps, proof, table, lesson)
    version = ship(shop, run, steps, proof, lesson, judged)
    live, released = _release(shop, version, leave=order is not None and not order.release)
    publish(shop)
    with shop.catalogue.write() as tx:  # last of all: a run that was killed before this is taken up again
        runs.finish(tx, run.id, "finished", at=shop.clock.now(), reason=version.summary, version=version.number)
    listen(at_stage("release", _say_release(shop, version, released), done=True))
    return TrainOutcome(
        run=run.id,
        version=version,
        verdict=judged.verdict,
        evaluation=judged.judgement.evaluation,
        timings=judged.judgement.timings,
        checks=proof.checks,
        trials=lesson.trials,
        live=live.version if live else None,
        live_payload=live.payload_digest if live else None,
        released=released,
    )


def _release(shop: Workshop, version: Version, *, leave: bool) -> tuple[Release | None, bool]:
    """What is live at the end of a run, and whether this run changed it: only where the spec says so and every gate passed.

    leave: the policy decides on it.
    """
    with shop.catalogue.read() as view:
        live = releases.current(view, shop.project)
    asked = shop.spec.release.mode == "auto" and version.verdict == "passed" and not leave
    if not asked or (live is not None and live.payload_digest == version.payload_digest):
        return live, False
    return promote(shop, version.name, reason="passed every gate (release.mode: auto)").release, True


def _say_release(shop: Workshop, version: Version, released: bool) -> str:
    if released:
        return f"{version.name} is live"
    return f"release.mode is {shop.spec.release.mode}" if version.verdict == "passed" else "not live: its verdict is no pass"


def _begin(shop: Workshop, order: Order | None) -> Run:
    """The unfinished run of this very spec or order, or a new one."""
    spec = digest_of(shop.spec)
    with shop.catalogue.write() as tx:
        unfinished = runs.find(tx, order.run) if order else runs.unfinished(tx, shop.project, spec)
        if unfinished is not None:
            return unfinished
        now = shop.clock.now()
        run = Run(
            id=order.run if order else IdMaker(0, 0).next(int(now.timestamp() * 1000)),
            project=shop.project,
            spec=spec,
            state="running",
            as_of=order.as_of if order else now,
            started_at=now,
            finished_at=None,
            reason="",
            version=None,
            actor=shop.actor,
        )
        return runs.start(tx, run)


def _end(shop: Workshop, run: Run, error: MillwrightError) -> None:
    state: RunState = "refused" if isinstance(error, DataRefused) else "failed"
    with shop.catalogue.write() as tx:
        runs.finish(tx, run.id, state, at=shop.clock.now(), reason=str(error).splitlines()[0])
    shutil.rmtree(shop.home.work / run.id, ignore_errors=True)


@contextmanager
def _alone(shop: Workshop) -> Iterator[None]:
    """One training run a project at a time. The lock is the process's own: it goes with it, however it ends."""
    path = shop.home.work / f"{shop.project}.lock"
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(path))
        except BlockingIOError as error:
            who = holder(path)
            what = f"a run of {shop.project} is under way" + (f" (process {who})" if who else "")
            raise Conflict(what, fix="wait for it, or stop it", code="run.busy") from error
        yield
