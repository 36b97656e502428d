"""A rehearsal, start to end."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.errors import Conflict
from millwright.loop.playing import Played
from millwright.loop.progress import Listener, many, silent
from millwright.loop.rehearsal.comparing import Judged, judged_rows, long_after, share_of_gap, ways_to_go
from millwright.loop.rehearsal.kept import clear_play, keep, kept_file, seed
from millwright.loop.rehearsal.meeting import met
from millwright.loop.rehearsal.place import (
    HISTORY_FILE,
    LOCK,
    TUNED,
    clear,
    note_end,
    rehearsed_spec,
    stopped_at,
    write_project,
)
from millwright.loop.rehearsal.plan import Plan, check_asked, plan_of
from millwright.loop.rehearsal.planes import in_process, over_http, with_process_beside
from millwright.loop.rehearsal.playing import AT_ONCE, Say, Teller, first_release, play
from millwright.loop.rehearsal.table import History, read_history
from millwright.loop.rehearsal.tuning import Tried, advised, candidates
from millwright.loop.server import stop_server
from millwright.loop.telling import tell
from millwright.loop.windows import longest_step
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.records.codec import digest_of
from millwright.records.rehearsing import Advice, Asked, Rehearsal
from millwright.records.spec import Spec
from millwright.search.lasting import lasting
from millwright.stores.blobs import FileBlobs
from millwright.stores.clock import Clock
from millwright.stores.durable import make_folder, unsynced
from millwright.stores.home import Home
from millwright.stores.process_lock import hold

STATE_FOLDER = ".millwright"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a rehearsal works with. folder: its own; base: that of the project; contract: the file that a person keeps.

    open_shop: opens the workshop of the project in a folder.
    """

    folder: Path
    base: Path
    contract: Path
    open_shop: Callable[[Path], Workshop]
    clock: Clock
    say: Say
    listen: Listener

    @property
    def blobs(self) -> Path:
        """Where what was trained is kept."""
        return self.folder / STATE_FOLDER / "blobs"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is played: the spec of the rehearsal, the table, the plan."""

    spec: Spec
    changed: tuple[str, ...]
    history: History
    plan: Plan
    asked: Asked

    @property
    def identity(self) -> str:
        """The digest of all that decides how it turns out."""
        plan = self.plan
        said = [moment.isoformat() for moment in (plan.begin, plan.start, plan.end)] + [fault.text for fault in plan.faults]
        return digest_of({"spec": digest_of(self.spec), "table": self.history.digest, "plan": said})


@dataclass(frozen=True, slots=True)
class Performed:
    """A play that has ended, in the workshop of its own project."""

    shop: Workshop
    played: Played
    remarks: tuple[str, ...]
    seconds: dict[str, float]
    reused: int


def set_stage(stage: Stage, spec: Spec, asked: Asked) -> Setting:
    """Check what is asked and read the table. Raises SpecError, DataRefused, Conflict; nothing is trained yet."""
    check_asked(asked, spec)
    if asked.source is not None:
        spec = replace(spec, data=replace(spec.data, source=str(Path(asked.source).absolute()), delimiter=None, encoding=None))
    if spec.golden is not None:
        spec = replace(spec, golden=str((stage.base / spec.golden).absolute()))
    clear(stage.folder)
    path = stage.folder / "table.parquet"
    history = read_history(spec.data, stage.base, path, FileBlobs(stage.blobs), stage.clock.now())
    plan = plan_of(asked, spec, history)
    rehearsed, changed = rehearsed_spec(spec)
    return Setting(rehearsed, changed, history, plan, asked)


def perform(stage: Stage, setting: Setting, folder: Path) -> Performed:
    """Train, release and play in `folder`, with what was trained before kept."""
    began, plan = time.monotonic(), setting.plan
    home = Home(folder / STATE_FOLDER)
    stopped = stopped_at(folder, setting.identity)
    stop_server(home)  # that of a rehearsal over HTTP that was killed
    keep(home, stage.blobs)
    clear_play(home)
    reused = seed(home, stage.blobs, setting.spec.project, setting.plan.begin)
    if stopped is not None:
        stage.say(
            f"An earlier rehearsal stopped at {stopped:%Y-%m-%d}. What it trained is kept; what it played is played again."
        )
    setting.history.write_before(plan.begin, plan.start, folder / HISTORY_FILE)
    spec_file = write_project(folder, setting.spec, stage.contract)
    with unsynced():  # after a power loss all of it is played again, as after any stop
        shop = replace(stage.open_shop(folder), blobs=FileBlobs(stage.blobs))
        _version, remark = first_release(shop, plan, stage.listen)
        trained = time.monotonic()
        plane = over_http(shop, spec_file) if setting.asked.http else in_process(shop)
        plane = with_process_beside(plane, _looks(shop.spec, plan))
        teller = Teller(stage.say, folder, setting.identity, plan)
        played = play(shop, plane, plan, setting.history, teller, 1 if setting.asked.http else AT_ONCE)
    keep(home, stage.blobs)
    note_end(folder)
    seconds = {"train": trained - began, "play": time.monotonic() - trained}
    return Performed(shop, played, (remark,) if remark else (), seconds, reused)


def _looks(spec: Spec, plan: Plan) -> float:
    """How many looks a play has, at the least."""
    return (plan.end - plan.start) / longest_step(spec.watch)


def judge(stage: Stage, setting: Setting, performed: Performed) -> Judged:
    """What the policy and the models of all windows answered, with what really came true."""
    truth = setting.history.truth(setting.plan.start, setting.plan.end)
    shop = long_after(performed.shop, setting.plan)
    return judged_rows(
        shop, performed.played, setting.plan, truth, kept_file(stage.blobs), lambda line: stage.say(f"   {line}")
    )


@contextmanager
def alone(stage: Stage) -> Iterator[None]:
    """One rehearsal a folder at a time. Raises Conflict."""
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(make_folder(stage.folder) / LOCK))
        except BlockingIOError as error:
            fix = "wait for it, or name another folder with --folder"
            raise Conflict("a rehearsal is under way here", where=str(stage.folder), fix=fix, code="rehearsal.busy") from error
        yield


def rehearse(stage: Stage, setting: Setting) -> Rehearsal:
    """Play the table, and compare."""
    with lasting():  # a play retrains many times
        return _rehearsed(stage, setting)


def _rehearsed(stage: Stage, setting: Setting) -> Rehearsal:
    began, plan = time.monotonic(), setting.plan
    stage.say(f"{setting.history.rows(plan.begin, plan.start):,} rows to learn from, until {plan.start:%Y-%m-%d}.")
    performed = perform(stage, setting, stage.folder)
    stage.say("The same rows, as other ways would have answered them:")
    compared = time.monotonic()
    judged = judge(stage, setting, performed)
    shop, played = long_after(performed.shop, plan), performed.played
    ways = ways_to_go(shop, plan, judged)
    story = tell(
        shop,
        ways.outcomes,
        ways.metrics,
        start=plan.start,
        end=plan.end,
        predictions=played.predictions,
        labels=played.labels,
        failed=played.failed,
        seconds=time.monotonic() - began,
        injected=[(fault.start, fault.end, f"{fault.text} (put in)") for fault in plan.faults],
    )
    return Rehearsal(
        story=story,
        history=setting.history.rows(plan.begin, plan.start),
        faults=tuple(
            met(fault, shop.spec, story.findings, story.decisions, played.learnable.get(fault.text)) for fault in plan.faults
        ),
        share=share_of_gap(ways, shop.spec.data.zone),
        seconds=performed.seconds | {"compare": time.monotonic() - compared},
        kept=performed.reused,
        remarks=(*performed.remarks, *_remarks(played)),
        changed=setting.changed,
        folder=str(stage.folder),
        report=str(stage.folder / "report.html"),
        advice=_advice(stage, setting, judged, ways.metrics[0]),
    )


def _advice(stage: Stage, setting: Setting, own: Judged, by: Metric) -> tuple[Advice, ...]:
    """Play other policies on the models that are kept, and see which is cheapest among the good ones."""
    if setting.asked.within is None:
        return ()
    chosen = candidates(setting.spec, setting.plan.start - setting.plan.begin)
    tried = []
    for number, candidate in enumerate(chosen, 1):
        stage.say(f"Policy {number} of {len(chosen)}, {candidate.name}: {'; '.join(candidate.lines(setting.spec))}")
        other = replace(setting, spec=candidate.applied(setting.spec), plan=replace(setting.plan, ways=("policy",)))
        performed = perform(replace(stage, say=lambda _line: None, listen=silent), other, stage.folder / TUNED / f"{number}")
        tried.append(Tried(candidate, judge(stage, other, performed)))
    return advised(own, tried, setting.spec, by, setting.asked.within)


def _remarks(played: Played) -> Sequence[str]:
    lines = []
    if played.failed:
        lines.append(f"{many(played.failed, 'row')} had no answer: the request was refused, or the server failed")
    if not any(tick.watched for tick in played.ticks):
        lines.append("no window was looked at: the play is shorter than watch.every")
    return lines
