"""What a project tells when it is asked: nothing is changed by it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millwright.app import TRUST_FOLDER, Settings, find_spec, home_of, load_spec, open_workshop, read_settings
from millwright.loop.propose import Proposal
from millwright.records.spec import Spec

if TYPE_CHECKING:
    from millwright.loop.answering import ListedAlert
    from millwright.loop.explaining import Explanation, Then
    from millwright.loop.label_query import LabelPage
    from millwright.loop.log_query import LogPage
    from millwright.loop.workshop import Workshop
    from millwright.records.alerting import ChannelHealth
    from millwright.records.attributing import Attribution
    from millwright.records.causing import Cause
    from millwright.records.deciding import Decision, Finding
    from millwright.records.estimating import LabelRequest, LabelSample, Maturity, QualityEstimate, QualityOverTime
    from millwright.records.measuring import MeasuredEvaluator
    from millwright.records.release import Release, Untold, Version
    from millwright.records.running import Run
    from millwright.records.scoring import Scored
    from millwright.records.searched import RunStory
    from millwright.records.watching import Parity
    from millwright.registry.audit import AuditState

LOOKED_BACK = 200
"""Looks whose causes are listed."""


class Reading:
    """A spec and the state beside it, to be read."""

    def __init__(self, path: Path | str = ".", *, settings: Settings | None = None) -> None:
        """The project whose spec is at `path`, a file or a folder. Raises NotFound where there is none."""
        self.settings = settings or read_settings(os.environ)
        self.path = find_spec(Path(path))
        self.proposal: Proposal | None = None
        self._rehearses = False

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

    def status(self) -> dict[str, Any]:
        """What is live, how good it is, and the running server."""
        from millwright.live import read_live

        return read_live(home_of(self.settings, self.path), self.path.parent / TRUST_FOLDER)

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

    def explain(self, number: int) -> "Explanation":
        """Why decision `number` was taken, with its evidence. Raises NotFound."""
        from millwright.loop.explaining import explain

        return explain(self.workshop, number)

    def at(self, moment: datetime) -> "Then":
        """What was live at a past moment, who decided it, on which evidence."""
        from millwright.loop.explaining import then

        return then(self.workshop, moment)

    def alerts(self, limit: int = 20, *, open_only: bool = False) -> "tuple[ListedAlert, ...]":
        """Alerts, the newest first, each with where it was sent. open_only: those that nobody looks after yet."""
        from millwright.loop.answering import listed

        return listed(self.workshop, limit, open_only=open_only)

    def channels(self) -> "tuple[ChannelHealth, ...]":
        """How each channel of the spec does: what waits, was sent, was given up, and why the last try failed."""
        from millwright.loop.answering import health

        return health(self.workshop)

    def runs(self, limit: int = 20) -> "tuple[Run, ...]":
        """Training runs, the newest first."""
        from millwright.registry import runs

        with self.workshop.catalogue.read() as view:
            return runs.page(view, self.spec.project, limit=limit)

    def run_at_work(self) -> str | None:
        """The id of the training run that a process of this machine works on now; None where none does."""
        from millwright.loop.at_work import run_at_work

        with self.workshop.catalogue.read() as view:
            return run_at_work(self.workshop, view)

    def run(self, begins: str | None = None) -> "RunStory":
        """How a run went (the newest; else the one with this id, or whose id begins so): its leaderboard, the best score over
        time, the front of quality, time and size, and how it did out of fold. Raises NotFound, Conflict."""
        from millwright.loop.run_story import run_story

        return run_story(self.workshop, begins)

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

    def api_keys(self) -> list[dict[str, Any]]:
        """The server's keys: what they open, their state, when each was used last."""
        from millwright.loop.api_keys import list_keys

        return list_keys(self.workshop)
