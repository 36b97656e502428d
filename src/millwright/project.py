"""A project and its verbs in Python: what the command line calls, and what a notebook may."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from millwright.app import SPEC_FILE, TRUST_FOLDER, Settings, find_spec, home_of, load_spec, open_workshop, read_settings
from millwright.errors import Conflict, MillwrightError, Problem, SpecError, Unavailable
from millwright.evaluate.report.cells import CELLS
from millwright.loop.progress import Listener, silent
from millwright.loop.propose import Choices, Proposal
from millwright.records.record import drawn_by
from millwright.records.spec import Spec

if TYPE_CHECKING:
    from millwright.export.container import ContainerExport, ContainerOptions
    from millwright.export.mlflow import MlflowExport
    from millwright.export.onnx import OnnxExport
    from millwright.loop.answering import ListedAlert
    from millwright.loop.api_keys import NewKey
    from millwright.loop.explaining import Explanation, Then
    from millwright.loop.label_query import LabelPage
    from millwright.loop.log_query import LogPage
    from millwright.loop.outcomes import CheckReport, PlanReport, PredictReport, ReleaseReport, TrainOutcome
    from millwright.loop.rehearsal.rehearse import Stage
    from millwright.loop.retention import PruneReport
    from millwright.loop.server import Server
    from millwright.loop.taking_up import TakenUp
    from millwright.loop.tick import TickOutcome
    from millwright.loop.trusting import Revoked
    from millwright.loop.without_catalogue import Ground
    from millwright.loop.workshop import Workshop
    from millwright.models.onnx_graph import Precision
    from millwright.records.alerting import AlertEntry, ChannelHealth
    from millwright.records.attributing import Attribution
    from millwright.records.causing import Cause
    from millwright.records.deciding import Decision, Finding
    from millwright.records.estimating import LabelRequest, LabelSample, Maturity, QualityEstimate, QualityOverTime
    from millwright.records.imported import OnnxChoices
    from millwright.records.measuring import MeasuredEvaluator
    from millwright.records.rebuilding import Rebuilt
    from millwright.records.rehearsing import Asked, Rehearsal
    from millwright.records.release import Release, Untold, Version
    from millwright.records.running import Run
    from millwright.records.scoring import Scored
    from millwright.records.searched import RunStory
    from millwright.records.watching import Parity
    from millwright.registry.audit import AuditState
    from millwright.serve.exposure import Exposure
    from millwright.serve.keys.file import ApiKey
    from millwright.stores.clock import Clock

__all__ = ["Choices", "Project"]

LOOKED_BACK = 200
"""Looks whose causes are listed."""

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


class Project:
    """A spec and the state beside it.

    >>> import millwright as mw
    >>> project = mw.Project("flights")                   # doctest: +SKIP
    >>> outcome = project.train()                         # doctest: +SKIP
    >>> project.promote(outcome.version.name)             # doctest: +SKIP
    """

    def __init__(self, path: Path | str = ".", *, settings: Settings | None = None) -> None:
        """The project whose spec is at `path`, a file or a folder. Raises NotFound where there is none."""
        self.settings = settings or read_settings(os.environ)
        self.path = find_spec(Path(path))
        self.proposal: Proposal | None = None
        self._rehearses = False

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

    @cached_property
    def spec(self) -> Spec:
        """The validated spec. Raises SpecError with every problem at its place."""
        return load_spec(self.settings, self.path)

    @cached_property
    def workshop(self) -> "Workshop":
        """The wired parts of this project's control plane."""
        shop = open_workshop(self.settings, self.path, spec=self.spec)
        if not self._rehearses:
            return shop
        from millwright.loop.publishing import tell_catalogue

        tell_catalogue(shop)  # what has happened already is entered as ever: a rehearsal begins from there
        return replace(shop, catalogue=shop.catalogue.rehearsal())

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

    def status(self) -> dict[str, Any]:
        """What is live, how good it is, and the running server."""
        from millwright.live import read_live

        return read_live(home_of(self.settings, self.path), self.path.parent / TRUST_FOLDER)

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

    def decisions(self, limit: int = 20) -> "tuple[Decision, ...]":
        """Decisions, the newest first."""
        from millwright.registry import decisions

        with self.workshop.catalogue.read() as view:
            return decisions.page(view, self.spec.project, limit=limit)

    def scores(self, numbers: "Iterable[int]") -> "dict[int, Scored]":
        """What labels said later of these decisions, by number; of others they said nothing yet."""
        from millwright.registry import scores

        with self.workshop.catalogue.read() as view:
            return scores.of_all(view, numbers)

    def findings(self, limit: int = 20) -> "tuple[Finding, ...]":
        """Findings, the newest first."""
        from millwright.registry import findings

        with self.workshop.catalogue.read() as view:
            return findings.page(view, self.spec.project, limit=limit)

    def causes(self, limit: int = 20) -> "tuple[Cause, ...]":
        """What was behind the findings of late, each as the newest look that found it says; the newest first."""
        from millwright.registry import watched

        with self.workshop.catalogue.read() as view:
            looks = watched.page(view, self.spec.project, limit=LOOKED_BACK)
        newest = {cause.id: cause for look in reversed(looks) for cause in look.causes}
        return tuple(sorted(newest.values(), key=lambda cause: cause.event_at, reverse=True))[:limit]

    def newest_findings(self) -> "tuple[Finding, ...]":
        """What was found in the newest window that was looked at."""
        from millwright.registry import findings, watched

        with self.workshop.catalogue.read() as view:
            newest = watched.newest(view, self.spec.project)
            return findings.of_window(view, self.spec.project, newest.window.end) if newest else ()

    def finding(self, begins: str) -> "Finding":
        """The finding whose id begins so. Raises NotFound where none does, Conflict where several do."""
        from millwright.registry import findings

        with self.workshop.catalogue.read() as view:
            return findings.beginning(view, self.spec.project, begins)

    def parity(self, since: timedelta = timedelta(days=1), *, limit: int = 100_000) -> "Parity":
        """Answer the logged requests of the time `since` now again, at most `limit` of them: each must come out as it was."""
        from millwright.loop.parity import parity

        now = self.workshop.clock.now()
        return parity(self.workshop, now - since, now, limit)

    def predictions(self, since: timedelta = timedelta(days=1), *, where: str = "true", limit: int = 20) -> "LogPage":
        """Answered rows since then with their labels, the newest first; `where` is SQL, as in `mw log predictions`."""
        from millwright.loop.log_query import Asked, ask_log

        now = self.workshop.clock.now()
        return ask_log(self.workshop, Asked(start=now - since, end=now, where=where, limit=limit))

    def labels(
        self, *, id: str | None = None, key: str | None = None, since: timedelta = timedelta(days=30), limit: int = 100
    ) -> "LabelPage":
        """Every version of what was told of a prediction, or of a key since then; without either, the labels that became
        known since then and whose prediction is not in the log."""
        from millwright.loop.label_query import told_of_id, told_of_key, waiting

        if id is not None:
            return told_of_id(self.workshop, id, limit)
        return waiting(self.workshop, since, limit) if key is None else told_of_key(self.workshop, key, since, limit)

    def estimate_quality(self, since: timedelta = timedelta(days=7)) -> "QualityEstimate":
        """The metrics of the live version on predictions of the time `since` now, without their labels: several estimators
        side by side. Raises NotFound where nothing is live."""
        from millwright.loop.estimating import estimate_quality

        return estimate_quality(self.workshop, since)

    def quality_over_time(self, by: str = "week", since: timedelta = timedelta(days=90)) -> "QualityOverTime":
        """How good the answers of the time `since` now were, by week, month, or the groups of a column; labels that have come
        count for those like them that have not. Raises NotFound, DataRefused."""
        from millwright.loop.late_labels import quality_over_time

        return quality_over_time(self.workshop, by, since)

    def attribute_change(self, since: timedelta | None = None, metric: str | None = None) -> "Attribution":
        """Why a metric of the live version is not what it was on the rows that it was judged on: broken feeds, other inputs,
        other outcomes, another relation between the two. since: as of when (the windows that the loop judges together);
        metric: the one that it was judged by. Raises NotFound."""
        from millwright.loop.attributing import attribute_change

        return attribute_change(self.workshop, since, metric)

    def maturity(self, since: timedelta = timedelta(days=180)) -> "Maturity":
        """How complete labels are by the age of the prediction. Raises NotFound where nothing is live or answered."""
        from millwright.loop.late_labels import learn_maturity

        return learn_maturity(self.workshop, since)

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

    def label_requests(self) -> "tuple[LabelRequest, ...]":
        """Which labels were asked for, the oldest request first."""
        from millwright.loop.label_requests import requests_of

        return requests_of(self.workshop)

    def label_sample(self) -> "LabelSample | None":
        """What the labels that were asked for say of the live version by now; None where none were asked for."""
        from millwright.loop.label_sample import label_sample
        from millwright.loop.opened import live_version, open_model

        live = live_version(self.workshop)
        return label_sample(self.workshop, open_model(self.workshop, live)) if live else None

    def prune(self, *, keep: str | None = None, dry: bool = False) -> "PruneReport":
        """Delete what is older than `keep` (None: log.keep of the spec) of both logs, or only say what that is (`dry`)."""
        from millwright.loop.retention import prune_logs

        return prune_logs(self.workshop, keep, dry=dry)

    def explain(self, number: int) -> "Explanation":
        """Why decision `number` was taken, with its evidence. Raises NotFound."""
        from millwright.loop.explaining import explain

        return explain(self.workshop, number)

    def at(self, moment: datetime) -> "Then":
        """What was live at a past moment, who decided it, on which evidence."""
        from millwright.loop.explaining import then

        return then(self.workshop, moment)

    def approve(self, number: int, *, yes: bool = True, reason: str = "") -> "Decision":
        """Say yes or no to a decision that waits; the next tick carries it out. Raises NotFound, Conflict."""
        from millwright.loop.approving import answer

        return answer(self.workshop, number, yes=yes, reason=reason)

    def answer_link(self, token: str, *, reason: str = "") -> "Decision | AlertEntry":
        """Do what the signed link of an alert says, once. Raises TokenRefused, Conflict, NotFound."""
        from millwright.loop.answering import answer_by_link

        return answer_by_link(self.workshop, token, reason=reason)

    def alerts(self, limit: int = 20, *, open_only: bool = False) -> "tuple[ListedAlert, ...]":
        """Alerts, the newest first, each with where it was sent. open_only: those that nobody looks after yet."""
        from millwright.loop.answering import listed

        return listed(self.workshop, limit, open_only=open_only)

    def channels(self) -> "tuple[ChannelHealth, ...]":
        """How each channel of the spec does: what waits, was sent, was given up, and why the last try failed."""
        from millwright.loop.answering import health

        return health(self.workshop)

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

    def runs(self, limit: int = 20) -> "tuple[Run, ...]":
        """Training runs, the newest first."""
        from millwright.registry import runs

        with self.workshop.catalogue.read() as view:
            return runs.page(view, self.spec.project, limit=limit)

    def run(self, begins: str | None = None) -> "RunStory":
        """How a run went (the newest; else the one with this id, or whose id begins so): its leaderboard, the best score over
        time, the front of quality, time and size, and how it did out of fold. Raises NotFound, Conflict."""
        from millwright.loop.run_story import run_story

        return run_story(self.workshop, begins)

    def write_run(self, output: Path | str, begins: str | None = None) -> Path:
        """Write the same as one HTML file; returns where. Raises as `run`."""
        from millwright.loop.reporting import write_run

        return write_run(self.run(begins), Path(output))

    def versions(self, limit: int = 20, *, archived: bool = False) -> "tuple[Version, ...]":
        """Versions, the newest first. archived: with those that are archived."""
        from millwright.registry import versions

        without = () if archived else self.archived()
        with self.workshop.catalogue.read() as view:
            return versions.page(view, self.spec.project, limit=limit, without=without)

    def archived(self) -> "Mapping[int, Decision]":
        """The numbers of the versions that are archived, each with the decision to do so: by whom, when and why."""
        from millwright.registry import archived

        with self.workshop.catalogue.read() as view:
            return archived.of_project(view, self.spec.project)

    def archive(self, *versions: str, reason: str) -> "tuple[Decision, ...]":
        """Archive versions: lists leave them out, and none is released until it is restored; nothing is removed. Raises
        NotFound; Conflict for one that is live, being tried or on the way back of rollbacks: then none is archived."""
        from millwright.loop.archiving import archive

        return archive(self.workshop, versions, reason=reason)

    def restore(self, *versions: str, reason: str) -> "tuple[Decision, ...]":
        """Take versions out of the archive. Raises NotFound; Conflict for one that is not archived: then none is."""
        from millwright.loop.archiving import restore

        return restore(self.workshop, versions, reason=reason)

    def measured(self, version: "Version") -> "tuple[MeasuredEvaluator, ...]":
        """The evaluators that could answer for a version as they were measured when it was packed, one of them chosen."""
        from millwright.loop.answered_by import measured_of

        return measured_of(self.workshop, version)

    def releases(self, limit: int = 20) -> "tuple[Release, ...]":
        """Releases, the newest first: the first is live."""
        from millwright.registry import releases

        with self.workshop.catalogue.read() as view:
            return releases.page(view, self.spec.project, limit=limit)

    def untold(self) -> "tuple[Untold, ...]":
        """What was done while the catalogue was away and that it was not told of yet, the oldest first."""
        from millwright.package.keys import Trust
        from millwright.package.release_file import read_untold

        trust = Trust(self.path.parent / TRUST_FOLDER)
        return read_untold(home_of(self.settings, self.path).root, trust).get(self.spec.project, ())

    def verify_audit(self) -> "AuditState":
        """Recompute the audit's hash chain."""
        from millwright.registry import audit

        with self.workshop.catalogue.read() as view:
            return audit.verify(view)

    def example_row(self) -> dict[str, Any] | None:
        """A row as a client would send it to the live version: nobody's, made when it was packed. None without one."""
        from millwright.loop.opened import live_version, open_version

        live = live_version(self.workshop)
        return open_version(self.workshop, live).golden.rows[0] if live else None

    def keys(self) -> list[dict[str, Any]]:
        """The pinned public keys: id, whether revoked, whether it is the one that signs here."""
        from millwright.loop.trusting import list_keys

        return list_keys(self.workshop)

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

    def api_keys(self) -> list[dict[str, Any]]:
        """The server's keys: what they open, their state, when each was used last."""
        from millwright.loop.api_keys import list_keys

        return list_keys(self.workshop)

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
