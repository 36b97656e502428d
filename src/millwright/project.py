"""A project and its verbs in Python: what the command line calls, and what a notebook may."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from millwright.app import SPEC_FILE, TRUST_FOLDER, Settings, home_of, open_workshop
from millwright.errors import Conflict, MillwrightError, Problem, SpecError, Unavailable
from millwright.evaluate.report.cells import CELLS
from millwright.loop.progress import Listener, silent
from millwright.loop.propose import Choices
from millwright.reading import Reading
from millwright.records.record import drawn_by
from millwright.records.spec import Spec

if TYPE_CHECKING:
    from millwright.export.container import ContainerExport, ContainerOptions
    from millwright.export.mlflow import MlflowExport
    from millwright.export.onnx import OnnxExport
    from millwright.loop.api_keys import NewKey
    from millwright.loop.outcomes import CheckReport, PlanReport, PredictReport, ReleaseReport, TrainOutcome
    from millwright.loop.rehearsal.rehearse import Stage
    from millwright.loop.retention import PruneReport
    from millwright.loop.server import Server
    from millwright.loop.taking_up import TakenUp
    from millwright.loop.tick import TickOutcome
    from millwright.loop.trusting import Revoked
    from millwright.loop.without_catalogue import Ground
    from millwright.models.onnx_graph import Precision
    from millwright.records.alerting import AlertEntry
    from millwright.records.deciding import Decision
    from millwright.records.estimating import LabelRequest
    from millwright.records.imported import OnnxChoices
    from millwright.records.rebuilding import Rebuilt
    from millwright.records.rehearsing import Asked, Rehearsal
    from millwright.serve.exposure import Exposure
    from millwright.serve.keys.file import ApiKey
    from millwright.stores.clock import Clock

__all__ = ["Choices", "Project"]

drawn_by(CELLS)  # whoever has a project sees its records as pictures in a notebook


class Reached(TypedDict, total=False):
    """How a server is to be reached. What is left away is as the spec says.

    auth: keys or none. allowed_hosts: names besides its address under which clients may ask for it. tls: the files of a
    certificate and its private key, in PEM.
    """

    host: str | None
    port: int | None
    auth: Literal["keys", "none"] | None
    allowed_hosts: Sequence[str]
    tls: tuple[Path | str, Path | str] | None


class Project(Reading):
    """A spec and the state beside it.

    >>> import millwright as mw
    >>> project = mw.Project("flights")                   # doctest: +SKIP
    >>> outcome = project.train()                         # doctest: +SKIP
    >>> project.promote(outcome.version.name)             # doctest: +SKIP
    """

    @classmethod
    def init(
        cls,
        source: str,
        target: str,
        *,
        at: Path | str = SPEC_FILE,
        choices: Choices | None = None,
        force: bool = False,
        settings: Settings | None = None,
    ) -> "Project":
        """Look at the data and write a commented spec. Raises Conflict where a spec is there and `force` is not given."""
        from millwright.loop.propose import propose
        from millwright.spec.load import parse_spec
        from millwright.spec.write import write_spec
        from millwright.stores.durable import write_atomic

        path = Path(at).absolute()
        if path.exists() and not force:
            raise Conflict(
                "there is a spec already",
                where=str(path),
                fix="--force, in Python force=True, writes it anew",
                code="spec.exists",
            )
        spec, notes, proposal = propose(source, target, base=path.parent, choices=choices or Choices())
        text = write_spec(spec, notes)
        parse_spec(text, "the proposed spec", {})  # what was chosen may be no name, and then nothing is written
        write_atomic(path, text.encode(), mode=0o644)
        project = cls(path, settings=settings)
        project.proposal = proposal
        return project

    def acting_as(self, actor: str) -> "Project":
        """The same project for somebody else: what they change is theirs in the audit. Nothing is read or opened anew."""
        same = Project(self.path, settings=replace(self.settings, actor=actor))
        same.__dict__.update(spec=self.spec, workshop=replace(self.workshop, actor=actor))
        return same

    def with_clock(self, clock: "Clock") -> "Project":
        """The same project by another clock, such as one that stands at a past moment: what became known later is not seen."""
        same = self.acting_as(self.settings.actor)
        same.__dict__["workshop"] = replace(self.workshop, clock=clock)
        return same

    def with_spec(self, spec: Spec) -> "Project":
        """The same project as it would be with another spec; the file stays as it is."""
        same = self.acting_as(self.settings.actor)
        same.__dict__.update(spec=spec, workshop=replace(self.workshop, spec=spec))
        return same

    def rehearse(
        self,
        asked: "Asked | None" = None,
        *,
        folder: Path | str | None = None,
        say: Callable[[str], None] = lambda _line: None,
        listen: Listener = silent,
    ) -> "Rehearsal":
        """Play a table (that of the spec) through the loop on a clock of its own, in a project of its own, and compare.

        folder: where it works (`rehearsal` beside the spec). This project is not touched. Raises SpecError, DataRefused,
        Conflict.
        """
        from millwright.loop.rehearsal.place import check_folder
        from millwright.loop.rehearsal.rehearse import alone, rehearse, set_stage
        from millwright.loop.rehearsal.reporting import write_rehearsal
        from millwright.records.rehearsing import Asked

        stage = self._stage(folder, say, listen)
        check_folder(stage.folder)
        with alone(stage):
            return write_rehearsal(rehearse(stage, set_stage(stage, self.spec, asked or Asked())))

    def _stage(self, folder: Path | str | None, say: Callable[[str], None], listen: Listener) -> "Stage":
        """A place to rehearse, with a signing key of its own: nothing that is made there is believed elsewhere."""
        from millwright.loop.rehearsal.rehearse import Stage
        from millwright.stores.clock import SystemClock

        place = Path(folder).absolute() if folder else self.path.parent / "rehearsal"
        settings = replace(self.settings, home=None, signing_key=place / "signing.key")
        return Stage(
            folder=place,
            base=self.path.parent,
            contract=self.path.parent / self.spec.contract,
            open_shop=lambda inside: open_workshop(settings, inside / SPEC_FILE),
            clock=SystemClock(),
            say=say,
            listen=listen,
        )

    def check(self) -> "CheckReport":
        """Prove the data. Writes contract.yaml where there is none, and nothing else."""
        from millwright.loop.check import check
        from millwright.stores.clock import SystemClock

        return check(self.spec, self.path.parent, home_of(self.settings, self.path), SystemClock())

    def plan(self) -> "PlanReport":
        """What a run would do."""
        from millwright.loop.plan import plan

        return plan(self.workshop)

    def train(self, *, listen: Listener = silent, budget: str | None = None) -> "TrainOutcome":
        """From data to a judged, signed version; takes an unfinished run up again. Raises DataRefused, Conflict."""
        from millwright.loop.train import train

        shop = self.workshop
        if budget is not None:
            shop = replace(shop, spec=refuse_budget(self.spec, budget))
        return train(shop, listen)

    def import_onnx(
        self, path: Path | str, *, choices: "OnnxChoices | None" = None, reason: str = "", listen: Listener = silent
    ) -> "TrainOutcome":
        """A model made elsewhere, judged, packed and signed as one that was searched for; takes an unfinished run up again.

        Raises ModelRefused where the file cannot be used as it is; and as `train`.
        """
        from millwright.loop.importing import import_onnx
        from millwright.records.imported import OnnxChoices

        return import_onnx(self.workshop, Path(path), choices or OnnxChoices(), listen, reason)

    def rebuild(self, version: str | Path | None = None, *, say: Callable[[str], None] = lambda _line: None) -> "Rebuilt":
        """Make the payload of a version (the live one, else the newest that passed), or of the package in a folder, again from
        its rows, and compare. Nothing is entered or released. Raises NotFound, PackageRefused, ModelRefused, DataRefused."""
        from millwright.loop.rebuilding import rebuild

        return rebuild(self.workshop, None if version is None else str(version), say)

    def report(
        self, version: str | None = None, *, output: Path | str | None = None, card: bool = False, pdf: bool = False
    ) -> Path:
        """Write the report of a version (the newest), or its model card (`card`), as one HTML file or as a PDF; returns where.

        Raises NotFound, PackageRefused; Unavailable where no browser is there to print the PDF.
        """
        from millwright.loop.reporting import print_report, write_report

        write = print_report if pdf else write_report
        return write(self.workshop, version, None if output is None else Path(output), "card" if card else "report")

    def predict(
        self,
        source: Path | str,
        output: Path | str,
        *,
        version: str | None = None,
        force: bool = False,
        explain: bool = False,
    ) -> "PredictReport":
        """Answer the rows of a file, in order; explain: with what each column added to each answer.

        Raises Conflict where the output exists and `force` is not given.
        """
        from millwright.loop.predict import predict_file

        return predict_file(self.workshop, Path(source), Path(output), version=version, force=force, explain=explain)

    def up(self, *, replay: bool = False, **reached: Unpack[Reached]) -> "Server":
        """Start the server in the background and wait until it answers; `down` stops it. Raises Unavailable, Conflict."""
        from millwright.loop.server import start_detached
        from millwright.serve.exposure import check_exposure

        exposure = self._exposure(reached)
        check_exposure(exposure, self.workshop.home.root)
        command = [sys.executable, "-m", "millwright", "-f", str(self.path), "up", *exposure.arguments()]
        return start_detached(self.workshop.home, [*command, *(["--replay"] if replay else [])])

    def keep_up(
        self, *, replay: bool = False, on_ready: Callable[["Server"], None] | None = None, **reached: Unpack[Reached]
    ) -> None:
        """Serve in this process until SIGTERM or Ctrl-C. Raises as `up`."""
        from millwright.loop.exposing import expose
        from millwright.loop.keeper import Keeper

        exposure = self._exposure(reached)
        expose(self.workshop, exposure)
        command = [sys.executable, "-m", "millwright", "-f", str(self.path)]
        steward = [*command, "steward", "--parent", str(os.getpid())]
        console = [*command, "console", "--parent", str(os.getpid())] if self.opens_console else []
        Keeper(
            self.workshop, exposure, replay=replay, steward=() if replay else steward, console=() if replay else console
        ).run(on_ready)

    @property
    def opens_console(self) -> bool:
        """Whether `mw up` opens a console beside the server: not with port 0."""
        port = self.settings.console_port
        return (self.spec.console.port if port is None else port) != 0

    def _exposure(self, reached: Reached) -> "Exposure":
        from millwright.serve.exposure import Exposure

        certificate, private_key = reached.get("tls") or ("", "")
        port = reached.get("port")
        return Exposure(
            host=reached.get("host") or self.spec.serve.host,
            port=self.spec.serve.port if port is None else port,
            asked_auth=reached.get("auth"),
            allowed_hosts=tuple(reached.get("allowed_hosts") or ()),
            certificate=str(certificate and Path(certificate).absolute()),
            private_key=str(private_key and Path(private_key).absolute()),
        )

    def down(self) -> bool:
        """Stop the server; False where none was running."""
        from millwright.loop.server import stop_server

        return stop_server(home_of(self.settings, self.path))

    def promote(self, version: str, *, to: str = "live", reason: str = "", force: bool = False) -> "ReleaseReport":
        """Let a version go as far as `to` says: live, shadow, a share of the keys such as "10%", canary, or next (the next
        step of the spec). Raises GateFailed, Conflict, NotFound, PackageRefused; MillwrightError for a `to` that is no step.
        """
        from millwright.loop.towards import go_towards

        return go_towards(self.workshop, version, to, reason=reason, force=force)

    def rollback(self, version: str | None = None, *, reason: str = "") -> "ReleaseReport":
        """Go back to the version that was live before, or to a named one that was. Raises NotFound where there was none.

        Where the catalogue cannot be opened or written, from what is on this disk alone; the catalogue is told later.
        """
        from millwright.loop.releasing import rollback
        from millwright.loop.without_catalogue import can_do_without, roll_back_here

        ground = self._ground
        try:
            return rollback(self.workshop, version, reason=reason)
        except Unavailable as error:
            if not can_do_without(error):
                raise
            return roll_back_here(ground, version, reason=reason, why=error)

    @property
    def _ground(self) -> "Ground":
        """What there is without the catalogue, as it is now."""
        from millwright.loop.publishing import read_published
        from millwright.loop.without_catalogue import Ground
        from millwright.stores.clock import SystemClock

        home, trust = home_of(self.settings, self.path), self.path.parent / TRUST_FOLDER
        state = read_published(home, trust, self.spec.project)
        return Ground(
            project=self.spec.project,
            home=home,
            trust=trust,
            seen=state.number if state else None,
            signing_key=self.settings.signing_key,
            actor=self.settings.actor,
            clock=SystemClock(),
            rehearses=self._rehearses,
        )

    def try_out(self, version: str, *, share: float = 0.0, reason: str = "", force: bool = False) -> "ReleaseReport":
        """Let a version answer beside the live one: in shadow (share 0), or for a share of the keys. Raises as `promote`."""
        from millwright.loop.releasing import try_out

        return try_out(self.workshop, version, share, reason=reason, force=force)

    def pause(self, *, hold: bool = False, reason: str = "") -> "ReleaseReport":
        """Leave the version that is being tried where it is, until `resume`; harm still ends it, unless on `hold`.

        Raises Conflict where none is being tried, or it is paused so already.
        """
        from millwright.loop.releasing import pause

        return pause(self.workshop, reason=reason, how="hold" if hold else "pause")

    def resume(self, *, reason: str = "") -> "ReleaseReport":
        """Let the policy go on with a paused trial. Raises Conflict where none is paused."""
        from millwright.loop.releasing import resume

        return resume(self.workshop, reason=reason)

    def abort(self, *, reason: str = "") -> "ReleaseReport":
        """Take away the version that is being tried. Raises Conflict where none is.

        Where the catalogue cannot be opened or written, in the release file alone; the catalogue is told later.
        """
        from millwright.loop.releasing import abort
        from millwright.loop.without_catalogue import abort_here, can_do_without

        ground = self._ground
        try:
            return abort(self.workshop, reason=reason)
        except Unavailable as error:
            if not can_do_without(error):
                raise
            return abort_here(ground, reason=reason, why=error)

    def rehearsing(self) -> "Project":
        """The same project for a rehearsal: changes of release are checked and told as ever, and undone.

        What was done before while the catalogue was away is entered there first, as every command does that can write it.
        """
        project = Project(self.path, settings=self.settings)
        project._rehearses = True
        return project

    def rehearsing_as(self) -> "Project":
        """As `rehearsing`, with what is open already, and for whoever acts here."""
        from millwright.loop.publishing import tell_catalogue

        same, shop = self.acting_as(self.settings.actor), self.workshop
        tell_catalogue(shop)
        same._rehearses = True
        same.__dict__["workshop"] = replace(shop, catalogue=shop.catalogue.rehearsal())
        return same

    def taken_up(self, report: "ReleaseReport") -> "TakenUp | None":
        """Wait until the server that runs here has taken a change of release up; None where none runs.

        Raises PackageRefused where it refuses it, with the reason; Unavailable where it does not say in time.
        """
        from millwright.loop.taking_up import wait_taken_up

        return wait_taken_up(home_of(self.settings, self.path), report.release)

    def tick(self, *, listen: Listener = silent) -> "TickOutcome":
        """Look at every window that has ended, decide and act, once. Raises Conflict where a steward is at work."""
        from millwright.loop.tick import tick

        return tick(self.workshop, listen)

    def steward(self, *, parent: int | None = None) -> None:
        """Tick on schedule in this process until SIGTERM or Ctrl-C, or until `parent`, which started it, has gone."""
        from millwright.loop.steward import Steward

        Steward(self.workshop, parent=parent).run()

    def request_labels(
        self,
        n: int = 200,
        *,
        since: timedelta = timedelta(days=7),
        seed: int | None = None,
        by: Literal["score"] | None = None,
        output: Path | str | None = None,
    ) -> "LabelRequest":
        """Draw `n` predictions without a label at random, remember them, and write them to `output` as CSV, for somebody to
        fill in what came true. Raises NotFound, Conflict."""
        from millwright.loop.label_requests import request_labels, write_asked
        from millwright.stores.durable import write_atomic

        request, rows = request_labels(self.workshop, n, since, seed=seed, by=by)
        if output is not None:
            write_atomic(Path(output).absolute(), write_asked(request, rows).encode(), mode=0o644)
        return request

    def prune(self, *, keep: str | None = None, dry: bool = False) -> "PruneReport":
        """Delete what is older than `keep` (None: log.keep of the spec) of both logs, or only say what that is (`dry`)."""
        from millwright.loop.retention import prune_logs

        return prune_logs(self.workshop, keep, dry=dry)

    def approve(self, number: int, *, yes: bool = True, reason: str = "") -> "Decision":
        """Say yes or no to a decision that waits; the next tick carries it out. Raises NotFound, Conflict."""
        from millwright.loop.approving import answer

        return answer(self.workshop, number, yes=yes, reason=reason)

    def answer_link(self, token: str, *, reason: str = "") -> "Decision | AlertEntry":
        """Do what the signed link of an alert says, once. Raises TokenRefused, Conflict, NotFound."""
        from millwright.loop.answering import answer_by_link

        return answer_by_link(self.workshop, token, reason=reason)

    def acknowledge(self, number: int, *, reason: str = "") -> "AlertEntry":
        """Look after an alert: nobody is told of it again while its cause goes on. Raises NotFound, Conflict."""
        from millwright.loop.answering import acknowledge

        return acknowledge(self.workshop, number, reason=reason)

    def open_door(
        self, *, host: str = "127.0.0.1", port: int = 8182, on_open: Callable[[str], None] = lambda _url: None
    ) -> None:
        """Answer the signed links of alerts in this process until SIGTERM or Ctrl-C. Raises Unavailable."""
        from millwright.loop.door import Door

        door = Door(self.workshop, host, port)
        on_open(door.url)
        door.run()

    def test_alerts(self, channel: str | None = None) -> dict[str, str]:
        """Send a test message to a channel, or to each: why that failed, by channel; empty where it went. Raises NotFound."""
        from millwright.loop.trying_channels import try_channels

        return try_channels(self.workshop, channel)

    def write_run(self, output: Path | str, begins: str | None = None) -> Path:
        """Write the same as one HTML file; returns where. Raises as `run`."""
        from millwright.loop.reporting import write_run

        return write_run(self.run(begins), Path(output))

    def archive(self, *versions: str, reason: str) -> "tuple[Decision, ...]":
        """Archive versions: lists leave them out, and none is released until it is restored; nothing is removed. Raises
        NotFound; Conflict for one that is live, being tried or on the way back of rollbacks: then none is archived."""
        from millwright.loop.archiving import archive

        return archive(self.workshop, versions, reason=reason)

    def restore(self, *versions: str, reason: str) -> "tuple[Decision, ...]":
        """Take versions out of the archive. Raises NotFound; Conflict for one that is not archived: then none is."""
        from millwright.loop.archiving import restore

        return restore(self.workshop, versions, reason=reason)

    def rotate_key(self) -> str:
        """Make and pin a new signing key; returns its id."""
        from millwright.loop.trusting import rotate_key

        return rotate_key(self.workshop)

    def revoke(self, what: str, reason: str) -> "Revoked":
        """Believe a key no longer (its id, or how that begins), or use a version no longer (v3). Raises NotFound."""
        from millwright.loop.trusting import revoke

        return revoke(self.workshop, what, reason)

    def create_api_key(
        self, name: str, scopes: Sequence[str], *, expires: timedelta | None = None, projects: Sequence[str] = ()
    ) -> "NewKey":
        """A new key for the server: `text` is the key, shown by nobody again. Raises SpecError, NotFound, Conflict."""
        from millwright.loop.api_keys import create_key

        return create_key(self.workshop, name, scopes, expires, projects)

    def rotate_api_key(self, name: str, *, grace: timedelta = timedelta(hours=1)) -> "NewKey":
        """Another key of that name; the one of before ends after `grace`. Raises NotFound."""
        from millwright.loop.api_keys import rotate_key

        return rotate_key(self.workshop, name, grace)

    def revoke_api_key(self, name: str) -> "tuple[ApiKey, ...]":
        """End every key of that name, or the one of that id, at once. Raises NotFound where none is in force."""
        from millwright.loop.api_keys import revoke_key

        return revoke_key(self.workshop, name)

    def export_container(
        self, out: Path | str, *, version: str | None = None, options: "ContainerOptions | None" = None, force: bool = False
    ) -> "ContainerExport":
        """Write the build context of a container that serves a version (what is live). Raises Conflict, PackageRefused."""
        from millwright.export.container import ContainerOptions
        from millwright.loop.exporting import as_container

        return as_container(self.workshop, version, Path(out), options or ContainerOptions(), force=force)

    def export_mlflow(self, out: Path | str, *, version: str | None = None, force: bool = False) -> "MlflowExport":
        """Write a version (what is live) as a folder that `mlflow.pyfunc.load_model` reads. Raises Conflict, PackageRefused."""
        from millwright.loop.exporting import as_mlflow

        return as_mlflow(self.workshop, version, Path(out), force=force)

    def export_onnx(
        self, out: Path | str, *, version: str | None = None, precision: "Precision" = "float64", force: bool = False
    ) -> "OnnxExport":
        """Write a version (what is live) as an ONNX graph, compared with it first. Raises Conflict, PackageRefused."""
        from millwright.loop.exporting import as_onnx

        return as_onnx(self.workshop, version, Path(out), precision=precision, force=force)

    def __repr__(self) -> str:
        return f"Project({str(self.path)!r})"

    def _repr_html_(self) -> str:
        """What a notebook shows: what is live, how it does, what happened so far, what to do next. Nothing is made or begun."""
        from millwright.evaluate.report.project_cell import project_cell
        from millwright.live import sentences
        from millwright.loop.so_far import story_so_far

        try:
            name, home = self.spec.project, home_of(self.settings, self.path)
            status = self.status()
            status["projects"] = {name: one for name, one in status["projects"].items() if name == self.spec.project}
            story = story_so_far(self.workshop) if home.catalogue.is_file() else None
            return project_cell(name, str(self.path), sentences(status), story)
        except MillwrightError as error:  # a notebook shows what it can: the words say what is wrong and where
            return project_cell("project", str(self.path), [str(error)], None)


def refuse_budget(spec: Spec, budget: str) -> Spec:
    """The spec with another deadline. Raises SpecError where that is none."""
    from millwright.spec.meaning import faults

    changed = replace(spec, search=replace(spec.search, budget=budget))
    wrong = [Problem("--budget", fault.message, fault.fix) for fault in faults(changed)]
    if wrong:
        raise SpecError(wrong)
    return changed
