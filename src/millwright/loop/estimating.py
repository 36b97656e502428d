"""How good the live version is likely to be on rows whose labels have not come."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.errors import NotFound
from millwright.estimate.before_labels import (
    Labelled,
    Terms,
    Unlabelled,
    estimate_binary,
    estimate_multiclass,
    estimate_ordinal,
    estimate_regression,
)
from millwright.evaluate.blocks import blocks_of
from millwright.loop.opened import Model, live_version, open_model
from millwright.loop.outcomes import say_interval
from millwright.loop.reference_rows import ReferenceRows, feature_names, features_of, reference_rows
from millwright.loop.workshop import Workshop
from millwright.predictions.logged import logged_columns
from millwright.predictions.rows import answers_of
from millwright.predictions.window import Logs, window
from millwright.records.estimating import BLIND, QualityEstimate
from millwright.records.spec import TaskName
from millwright.tasks.registry import task

Array = NDArray[Any]

MOST_ASKED = 50_000
SHOWN = ("roc_auc", "ranked_probability_score", "log_loss", "accuracy", "cost", "poisson_deviance", "rmse", "mae")
_BY_TASK: Mapping[TaskName, Callable[[Labelled, Unlabelled, Terms], QualityEstimate]] = {
    "binary": estimate_binary,
    "multiclass": estimate_multiclass,
    "ordinal": estimate_ordinal,
    "regression": estimate_regression,
    "count": estimate_regression,
}
TITLES = {
    "confidence": "calibrated confidence",
    "loss_model": "loss model",
    "reweighted": "re-weighted",
    "importance": "weighted labels",
    "label_shift": "label shift",
}


def estimate_quality(shop: Workshop, since: timedelta, until: datetime | None = None) -> QualityEstimate:
    """The metrics of the live version on its own answers of the time `since` before `until` (now), without their labels.

    Raises NotFound where nothing is live, or where the rows it was judged on are not here any more; PackageRefused.
    """
    end = until or shop.clock.now()
    version = live_version(shop)
    if version is None:
        raise NotFound("nothing is live", fix="`mw promote` a version", code="release.missing")
    model = open_model(shop, version)
    seen, rows = window(Logs.of(shop.home.root), shop.project, end - since, end, as_of=shop.clock.now())
    mine = np.flatnonzero(rows["payload_digest"] == model.payload.payload_digest)
    estimate = _of_rows(shop, model, take(rows, mine[-MOST_ASKED:]), reference_rows(shop, model, seen.start))
    return replace(
        estimate,
        project=shop.project,
        version=version.number,
        payload_digest=version.payload_digest,
        start=seen.start,
        end=end,
        known_at=seen.known_at,
    )


def _of_rows(shop: Workshop, model: Model, rows: dict[str, Array], reference: ReferenceRows) -> QualityEstimate:
    info, spec = model.payload.info, shop.spec
    kind = task(info.task)
    said = kind.outputs_of(answers_of(rows["output"]), info)
    _, asked_blocks = blocks_of(reference.block if reference.block in ("day", "hour", "week") else None, {}, rows["event_at"])
    labelled = Labelled(reference.y, reference.said, reference.X, reference.blocks, feature_names(shop, model))
    days = None if asked_blocks is None or reference.blocks is None else int(asked_blocks.max(initial=-1)) + 1
    requests = logged_columns(rows["request"], model.payload.scorer.contract)
    terms = Terms(
        threshold=0.5 if info.threshold is None else info.threshold,
        costs=(spec.costs.false_positive, spec.costs.false_negative) if spec.costs and spec.data.task == "binary" else None,
        level=spec.evaluate.confidence,
        seed=spec.split.seed,
        threads=shop.threads,
    )
    return _BY_TASK[info.task](labelled, Unlabelled(said, features_of(shop, model, requests), days), terms)


def estimate_lines(estimate: QualityEstimate) -> list[str]:
    """The estimate for a person: each estimator with its figures, what it assumes, and what none of them sees."""
    overlap = estimate.overlap
    lines = [
        f"v{estimate.version} on {overlap.rows:,} predictions ({estimate.start:%Y-%m-%d} to {estimate.end:%Y-%m-%d}), "
        f"from {overlap.reference_rows:,} older rows with labels, of which {overlap.effective_rows:,.0f} count once weighted"
    ]
    if overlap.left_out:
        lines.append(f"Not compared by {', '.join(overlap.left_out)}: nearly all of their values are new.")
    if estimate.best is None:
        lines.append(f"Cannot tell: {overlap.thin or next((one.cannot for one in estimate.estimators if one.cannot), '')}.")
    for one in estimate.estimators:
        mark = " (look here first)" if one.name == estimate.best else ""
        lines.append(f"\n{TITLES[one.name]}{mark}, if {one.assumes}")
        shown = [metric for metric in one.metrics if metric.name in SHOWN]
        lines += [f"  {metric.name} {say_interval(metric.interval)}" for metric in shown]
        if one.cannot:
            lines.append(f"  cannot tell: {one.cannot}")
    known = [metric for metric in estimate.reference if metric.name in SHOWN]
    lines += ["\nthe labelled rows themselves", *(f"  {metric.name} {say_interval(metric.interval)}" for metric in known)]
    return [*lines, "", BLIND]
