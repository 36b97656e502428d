"""Where things stand: gathered from the catalogue and the logs, for the policy to decide on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.errors import NotFound
from millwright.loop.decided_on import POLICY
from millwright.loop.doubted import confirmed, times_confirmed
from millwright.loop.history import RELEARNS, History
from millwright.loop.label_sources import shares_of
from millwright.loop.opened import open_model
from millwright.loop.retraining import made_by
from millwright.loop.trial_harm import TESTS, harm_by_failures, harm_on_labelled
from millwright.loop.workshop import Workshop
from millwright.policy.decide import decide
from millwright.policy.situation import Live, Situation
from millwright.policy.smaller_acts import ORDER
from millwright.predictions.answered import asked_of
from millwright.predictions.label_count import labelled_rows, labels_told
from millwright.predictions.layout import to_microseconds
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.deciding import Finding
from millwright.records.judging import LiveQuality
from millwright.records.release import Release, Version
from millwright.records.watching import Harm, Trying
from millwright.registry import findings as catalogue_findings
from millwright.registry import releases, runs, versions
from millwright.registry import watched as catalogue_watched
from millwright.registry.challengers import stage_begun

Array = NDArray[Any]

REMEMBERED = 400
"""Findings that are looked back on for labels in doubt."""

LEARNT_FROM = ("missing", "unseen", "range", "unit", "constant", "label_flip")
"""Checks of data faults that spoil the rows themselves: nothing is learnt from the windows that show them."""


def situation_of(shop: Workshop, release: Release, findings: Sequence[Finding]) -> Situation:
    """The situation now. release: the current one."""
    now = shop.clock.now()
    with shop.catalogue.read() as view:
        history = History.read(view, shop.project)
        live = _live(shop, release)
    open_retrain = history.open_retrain()
    made = made_by(shop, open_retrain) if open_retrain else None
    waiting = history.waiting(now)
    trying = trying_of(shop, release, now)
    situation = Situation(
        now=now,
        live=live,
        findings=tuple(f for f in findings if _still_speaks(f, live)),
        trying=trying,
        trying_passed=trying is not None and _verdict(shop, trying.version) == "passed",
        candidate=made,
        retrain=open_retrain.number if open_retrain and made is None else None,
        waiting=waiting.number if waiting else None,
        last_retrain=history.last_retrain(),
        retrained=history.retrained(),
        paused_by_policy=history.paused_by_policy(),
        asked=history.asked_for_labels(),
        order_holds=order_holds(_quality(shop)),
        new_labels=labels_told(Logs.of(shop.home.root), shop.project, live.trained_at, now),
        standing=history.standing(),
    )
    intent = decide(shop.spec, situation)
    return situation if intent is None or intent.action not in RELEARNS else _counted(shop, situation)


def _counted(shop: Workshop, situation: Situation) -> Situation:
    """The situation with its labels counted by the rows that they are about: that takes longer, and only a retrain asks."""
    told = labelled_rows(Logs.of(shop.home.root), shop.project, situation.live.trained_at, situation.now)
    by_source = tuple(shares_of(told.by_source).items())
    return replace(situation, new_labels=told.rows, labels_told=told.told, labels_by_source=by_source)


def _still_speaks(finding: Finding, live: Live) -> bool:
    """Whether a finding says something of what is live now: one that was held against another version's training data or
    promise does not, broken data and a failing server do."""
    return finding.version == live.version or finding.kind in ("data_fault", "serving")


def _live(shop: Workshop, release: Release) -> Live:
    with shop.catalogue.read() as view:
        version = versions.numbered(view, shop.project, release.version)
        begun = releases.since(view, shop.project, release.version) or release
        try:
            before: Version | None = releases.previous(view, shop.project)
        except NotFound:
            before = None
        run = runs.get(view, version.run)
    return Live(
        version=version.number,
        since=begun.event_at,
        by_person=begun.actor != POLICY,
        before=before.number if before else None,
        trained_at=run.as_of,
    )


def _quality(shop: Workshop) -> LiveQuality | None:
    """What the newest look knew of the live version's own answers."""
    with shop.catalogue.read() as view:
        newest = catalogue_watched.newest(view, shop.project)
    known = newest.quality if newest else None
    return known if known is not None and newest is not None and newest.version == known.version else None


def order_holds(quality: LiveQuality | None) -> bool | None:
    """Whether labels show the answers in as good an order as promised; None where that is not known."""
    if quality is None:
        return None
    live = next((m.interval for m in quality.metrics if m.name == ORDER), None)
    promised = next((m.interval for m in quality.promised if m.name == ORDER), None)
    if live is None or live.high is None or promised is None or promised.value is None:
        return None
    return live.high >= promised.value


def _verdict(shop: Workshop, number: int) -> str:
    with shop.catalogue.read() as view:
        return versions.numbered(view, shop.project, number).verdict


def trying_of(shop: Workshop, release: Release, now: datetime) -> Trying | None:
    """How the version that is being tried did since its stage began; None where none is."""
    if release.challenger is None or release.stage is None:
        return None
    with shop.catalogue.read() as view:
        version = versions.numbered(view, shop.project, release.challenger)
        since = stage_begun(view, release)
    logs, alpha = Logs.of(shop.home.root), shop.spec.release.harm_alpha / TESTS
    counted, requests = asked_of(logs, shop.project, version.payload_digest, since, now, as_of=now)
    return Trying(
        version=version.number,
        stage=release.stage,
        since=since,
        answered=counted.rows,
        failed=counted.failed,
        failures=harm_by_failures(requests, shop.spec.watch.error_rate, alpha),
        quality=_on_labelled(shop, release, version, since, now),
        paused=release.paused,
    )


def _on_labelled(shop: Workshop, release: Release, version: Version, since: datetime, now: datetime) -> Harm | None:
    """The challenger beside the live version, on rows with labels that one of them answered and the other is asked now."""
    seen, columns = window(Logs.of(shop.home.root), shop.project, since, now, as_of=now, wanted=Wanted(labelled=True))
    columns = take(columns, ~_in_doubt(shop, columns["event_at"]))
    if not seen.labelled or not len(columns["event_at"]):
        return None
    with shop.catalogue.read() as view:
        live = open_model(shop, versions.numbered(view, shop.project, release.version))
    return harm_on_labelled(shop, columns, live, open_model(shop, version), now)


def _in_doubt(shop: Workshop, event: Array) -> Array:
    """Which rows are of days whose labels contradict the answers: flipped, they speak for the worse of two. event: (n,)
    microseconds UTC."""
    with shop.catalogue.read() as view:
        right = times_confirmed(view, shop.project)
        known = catalogue_findings.page(view, shop.project, limit=REMEMBERED)
    spans = [_broken(f) for f in known if f.check == "label_flip" and not confirmed(f, right)]
    doubted = np.zeros(len(event), dtype=bool)
    for start, end in spans:
        doubted |= (event >= to_microseconds(start)) & (event < to_microseconds(end))
    return doubted


def _broken(finding: Finding) -> tuple[datetime, datetime]:
    """The window that shows a fault; of flipped labels the days that they are of."""
    if finding.check == "label_flip":
        return finding.since, finding.until or finding.event_at
    return finding.start or finding.since, finding.event_at


def broken_times(findings: Sequence[Finding]) -> tuple[tuple[datetime, datetime], ...]:
    """The times of data faults that spoil rows, the oldest first, overlapping ones as one."""
    spans = sorted(_broken(f) for f in findings if f.kind == "data_fault" and f.check in LEARNT_FROM)
    merged: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
