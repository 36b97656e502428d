"""What came true of what was answered: the labelled rows of the newest windows whose labels are complete, and how the live
version did on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_profile import profile_column
from millwright.data.columns import MISSING_DATE, take
from millwright.loop.beside_before import beside_before
from millwright.loop.calendar import Bounds
from millwright.loop.doubted import doubted
from millwright.loop.one_side import side_of_labels
from millwright.loop.opened import Model, live_version, open_model, version_before
from millwright.loop.quality import JUDGED_WINDOWS, label_cells, maturity_of, quality_of
from millwright.loop.workshop import Workshop
from millwright.monitor.inputs import Judged, LabelsDue
from millwright.monitor.labels import FEWEST_MATURE
from millwright.monitor.mirrored import inside
from millwright.predictions.layout import DAY, to_microseconds
from millwright.predictions.window import Logs, Wanted, counted_window
from millwright.records.data import ContractColumn
from millwright.records.release import Version
from millwright.records.traffic import Window
from millwright.records.watching import Watched
from millwright.spec.durations import parse_duration

Array = NDArray[Any]

JUDGED_ALONE = ("payload_digest", "output", "event_at", "label", "label_known_at")
JUDGED = ("request", "id", "key", *JUDGED_ALONE)
"""The columns of the labelled rows that the live version is judged on; requests, and whose they are, where another is asked
them too."""


@dataclass(frozen=True, slots=True)
class Ripe:
    """The newest windows whose labels are complete. newest: how many rows the newest of them has; rows: those with labels."""

    window: Window
    newest: int
    rows: dict[str, Array]


@dataclass(frozen=True, slots=True)
class CameTrue:
    """What labels tell at one look. newest: how many rows the newest of the ripe windows has; newest_labelled: how many of
    these have a label. judged: None where no labels are complete yet."""

    ripe: Window
    newest: int
    newest_labelled: int
    judged: Judged | None


def ripe_rows(shop: Workshop, bounds: Bounds, *, requests: bool) -> Ripe:
    """The rows whose labels are complete by the end of a window. requests: whether these are needed. Raises Unavailable."""
    length, maturity = parse_duration(shop.spec.watch.window), maturity_of(shop)
    end = bounds.end - maturity
    found = counted_window(
        Logs.of(shop.home.root),
        shop.project,
        end - JUDGED_WINDOWS * length,
        end,
        as_of=shop.clock.now(),
        maturity=maturity,
        wanted=Wanted(columns=JUDGED if requests else JUDGED_ALONE, labelled=True, newest=end - length),
    )
    return Ripe(*found)


def labels_of(shop: Workshop, bounds: Bounds) -> CameTrue:
    """What labels tell by the end of a window of the version that is live. Raises Unavailable, PackageRefused."""
    live, before = live_version(shop), version_before(shop)
    assert live is not None
    return came_true(shop, open_model(shop, live), ripe_rows(shop, bounds, requests=before is not None), before)


def came_true(shop: Workshop, model: Model, ripe: Ripe, before: Version | None) -> CameTrue:
    """What the labels of these rows tell of the live version. before: what a rollback goes back to."""
    told = ripe.rows["label_known_at"] != MISSING_DATE
    begin = ripe.window.end - parse_duration(shop.spec.watch.window)
    labelled = int((told & (ripe.rows["event_at"] >= to_microseconds(begin))).sum())
    return CameTrue(ripe.window, ripe.newest, labelled, judged(shop, model, ripe, before))


def judged(shop: Workshop, model: Model, ripe: Ripe, before: Version | None) -> Judged | None:
    """The live version on its own answers whose labels are complete; None where there are none yet."""
    if not ripe.window.labelled:
        return None
    doubts = doubted(shop, ripe.rows, model, open_model(shop, before) if before else None)
    rows = take(ripe.rows, ~inside(ripe.rows["event_at"], doubts))
    quality = quality_of(shop, model, ripe.window, rows)
    told = rows["label"][rows["label_known_at"] != MISSING_DATE]
    target = next(c for c in model.payload.scorer.contract.columns if c.role == "target")
    beside = beside_before(shop, model, before, rows)
    return Judged(
        quality=quality,
        target=profile_column(target.name, target.kind, _target_cells(told, target)) if len(told) else None,
        against_before=beside.against,
        harm=beside.harm,
        better_by=beside.better_by,
        doubts=doubts,
        one_sided=side_of_labels(shop, model, ripe.window, ripe.rows),
    )


def _target_cells(labels: Array, target: ContractColumn) -> Array:
    """Labels as the target's column would hold them."""
    cells = label_cells(labels)
    if target.kind in ("number", "integer", "boolean"):
        return np.array([_number(cell) for cell in cells], dtype=np.float64)
    return np.array([None if cell is None else str(cell) for cell in cells], dtype=object)


def _number(cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float({"true": 1.0, "false": 0.0}.get(str(cell).lower(), "nan"))


def labels_due(shop: Workshop, came: CameTrue, looks: Sequence[Watched]) -> LabelsDue:
    """The labels that should be there. looks: those before this one. What is usual is what most of them saw that saw any, so
    that a stop goes on being one.

    Windows of whole weeks show by the newest alone that labels have stopped; of shorter ones all are taken together, for many
    labels come a night after they are due, and of Sundays none.
    """
    windows = [look.quality.window for look in looks if look.quality is not None]
    shares = [one.labelled / one.predictions for one in windows if one.labelled and one.predictions >= FEWEST_MATURE]
    mature, labelled = came.ripe.predictions, came.ripe.labelled
    if parse_duration(shop.spec.watch.window) >= 7 * DAY and came.newest >= FEWEST_MATURE:
        mature, labelled = came.newest, came.newest_labelled
    return LabelsDue(mature=mature, labelled=labelled, before=median(shares) if shares else None)
