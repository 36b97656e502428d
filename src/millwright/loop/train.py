"""A training run: from a spec to a judged, signed version. Stop it anywhere; the same command goes on where it was."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from threadpoolctl import threadpool_limits

from millwright.errors import Conflict, DataRefused, MillwrightError, Unavailable
from millwright.loop.at_work import run_lock
from millwright.loop.golden_set import golden_snapshot
from millwright.loop.judge import judge_candidate
from millwright.loop.learn import Lesson, learn
from millwright.loop.order import ANEW, Kept, Order
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.progress import Listener, at_stage
from millwright.loop.prove import Proof, prove
from millwright.loop.refitting import Refitting, may_refit, ships_refit
from millwright.loop.releasing import promote, publish
from millwright.loop.rolling import window_start
from millwright.loop.searching import own_code
from millwright.loop.ship import ship
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.two_people import SecondPersonNeeded, ask_second
from millwright.loop.workshop import Workshop
from millwright.models.families import check_installed
from millwright.package.keys import SigningKey
from millwright.predictions.ids import IdMaker
from millwright.records.codec import digest_of
from millwright.records.release import Release, Version
from millwright.records.running import Run, RunState
from millwright.registry import releases, runs
from millwright.stores.process_lock import hold, holder


class Teacher(Protocol):
    """Where a run has its candidate from: the search, or a model that was made elsewhere.

    reason: why a person asked for it; empty where none was asked for. by_hand: whether only a person makes it live.
    """

    @property
    def reason(self) -> str: ...

    @property
    def by_hand(self) -> bool: ...

    @property
    def asked(self) -> str:
        """The digest of what is asked, by which an unfinished run is found again."""

    def prepare(self) -> None:
        """Raise what can be said before anything is done."""

    def teach(self, run: Run, steps: Steps, proof: Proof, table: Table, listen: Listener) -> Lesson:
        """The steps from the proven data to a candidate."""


@dataclass(frozen=True, slots=True)
class Searching:
    """The candidate is the best that the search finds; `kept`: of a model before it. once_more: see `learn`."""

    shop: Workshop
    kept: Kept = ANEW
    once_more: bool = False
    reason: str = ""
    by_hand: bool = False

    @property
    def asked(self) -> str:
        """The spec says it all."""
        return digest_of(self.shop.spec)

    def prepare(self) -> None:
        """Raise NotFound where a library is missing: before the search, not in it."""
        kept = [config.family for one in self.kept.only for config in one.fitted]
        check_installed(kept or self.shop.spec.search.families)
        own_code(self.shop, self.kept.only)

    def teach(self, run: Run, steps: Steps, proof: Proof, table: Table, listen: Listener) -> Lesson:
        """Features and search."""
        return learn(self.shop, run, steps, proof, table, listen, self.kept, once_more=self.once_more)


def train(shop: Workshop, listen: Listener, order: Order | None = None, teacher: Teacher | None = None) -> TrainOutcome:
    """Run every stage, skipping finished steps. Raises DataRefused where the data stops the run; Conflict where one is
    under way already. A run that ends badly is recorded with its reason; one that was killed is taken up again."""
    source: Teacher = teacher or Searching(shop, order.kept if order else ANEW, ships_refit(shop.spec, order))
    with _alone(shop), threadpool_limits(1, "blas"):  # for sums of several threads have other last digits
        run = _begin(shop, order, source)
        try:
            outcome = _stages(shop, run, listen, order, source)
        except MillwrightError as error:
            if order is None or not isinstance(error, Unavailable):  # a retrain that found no room is gone on with later
                _end(shop, run, error)
            raise
        shutil.rmtree(shop.home.work / run.id, ignore_errors=True)
        return outcome


def _stages(shop: Workshop, run: Run, listen: Listener, order: Order | None, teacher: Teacher) -> TrainOutcome:
    steps = Steps(shop, run, listen)
    teacher.prepare()
    proof = prove(shop, run, steps, order.take if order else None)
    SigningKey.at(shop.signing_key, shop.trust)  # a key that may not sign is told of before the search, not after it
    every = Table(shop, proof.snapshot, proof.contract, holdout=order.holdout if order else None)
    since = window_start(shop, run, steps, every, order)
    table = every.bounded(since, golden_snapshot(shop, run, proof.contract))
    lesson = teacher.teach(run, steps, proof, table, listen)
    refits = ships_refit(shop.spec, order) and may_refit(lesson)
    judged = judge_candidate(shop, run, steps, proof, table, lesson, refits=refits)
    if refits:
        lesson, judged = Refitting(shop, run, proof, table, lesson, judged, steps.begun, listen).shipped()
    version = ship(shop, run, steps, proof, lesson, judged)
    live, released = _release(shop, version, leave=teacher.by_hand or (order is not None and not order.release))
    publish(shop)
    with shop.catalogue.write() as tx:  # last of all: a run that was killed before this is taken up again
        summary = f"{teacher.reason}: {version.summary}" if teacher.reason else version.summary
        runs.finish(tx, run.id, "finished", at=shop.clock.now(), reason=summary, version=version.number)
    listen(at_stage("release", _say_release(shop, version, released, teacher), done=True))
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
        imported=lesson.candidate.imported,
    )


def _release(shop: Workshop, version: Version, *, leave: bool) -> tuple[Release | None, bool]:
    """What is live at the end of a run, and whether this run changed it: only where the spec says so and every gate passed.
    Where that takes two people it becomes a decision that waits for another one.

    leave: the policy decides on it.
    """
    with shop.catalogue.read() as view:
        live = releases.current(view, shop.project)
    asked = shop.spec.release.mode == "auto" and version.verdict == "passed" and not leave
    if not asked or (live is not None and live.payload_digest == version.payload_digest):
        return live, False
    reason = "passed every gate (release.mode: auto)"
    try:
        ask_second(shop, version, None, reason=reason, force=False)
    except SecondPersonNeeded:
        return live, False
    return promote(shop, version.name, reason=reason).release, True


def _say_release(shop: Workshop, version: Version, released: bool, teacher: Teacher) -> str:
    if released:
        return f"{version.name} is live"
    if teacher.by_hand and version.verdict == "passed":
        return "an imported model goes live by hand"
    if version.verdict != "passed":
        return "not live: its verdict is no pass"
    two = " and it takes two people" if shop.spec.release.approvals > 1 else ""
    return f"release.mode is {shop.spec.release.mode}{two}"


def _begin(shop: Workshop, order: Order | None, teacher: Teacher) -> Run:
    """The unfinished run of this very spec, model or order, or a new one."""
    spec = teacher.asked
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
            reason=teacher.reason,
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
    path = run_lock(shop)
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(path))
        except BlockingIOError as error:
            who = holder(path)
            what = f"a run of {shop.project} is under way" + (f" (process {who})" if who else "")
            raise Conflict(what, fix="wait for it, or stop it", code="run.busy") from error
        yield
