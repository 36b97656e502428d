"""Why the live version's metric is not what it was on the rows that it was judged on."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.alerts.rows import MARGIN, identifier, quoted
from millwright.attribute.attribution import attribute
from millwright.attribute.bins import MISSING, REST
from millwright.attribute.rows import LabelledRows, Terms
from millwright.data.columns import MISSING_DATE, take
from millwright.errors import NotFound
from millwright.evaluate.blocks import GRAINS, blocks_of
from millwright.loop.one_side import SAID, side_of_labels
from millwright.loop.opened import Model, live_version, open_judged, open_model
from millwright.loop.quality import JUDGED_WINDOWS, maturity_of, truth_and_output
from millwright.loop.reference_rows import sealed_rows
from millwright.loop.side_by_side import hidden_features
from millwright.loop.workshop import Workshop
from millwright.metrics.registry import metric
from millwright.models.scorer import Scorer
from millwright.predictions.logged import logged_columns
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.attributing import Attribution, ColumnPart, SlicePart
from millwright.records.traffic import Window
from millwright.spec.durations import parse_duration
from millwright.tasks.registry import task

Array = NDArray[Any]

MOST_LOOKS = 3


def attribute_change(shop: Workshop, since: timedelta | None = None, name: str | None = None) -> Attribution:
    """The change of a metric from the sealed rows of the live version to its own labelled answers, split into causes.

    since: answers of the time since now, those whose labels have had time to come; by default those that the loop judges
    together. name: of the metric, by default the one that the version was judged by. Raises NotFound where nothing is live, it
    was trained elsewhere, no such answer has a label, or there is no such metric; PackageRefused, Unavailable.
    """
    version, now = live_version(shop), shop.clock.now()
    if version is None:
        raise NotFound("nothing is live", fix="`mw promote` a version", code="release.missing")
    model = open_model(shop, version)
    end = now - maturity_of(shop) + timedelta(seconds=1)
    start = now - since if since else end - JUDGED_WINDOWS * parse_duration(shop.spec.watch.window)
    seen, rows = _labelled(shop, model, min(start, end), end)
    after, grain = _now(shop, model, rows)
    hidden = hidden_features(shop, model)
    twin = open_judged(shop, version)
    found = attribute(_before(shop, model, twin), after, None if hidden else twin.batch, _terms(shop, model, name))
    cannot = (f"{', '.join(hidden)} stands hashed in the log, so the model cannot be asked again",) if hidden else ()
    if side := side_of_labels(shop, model, seen, rows):
        cannot = (*cannot, f"{SAID[side]}; what follows is of those rows alone, beside all that were sealed")
    found = replace(
        found,
        project=shop.project,
        version=version.number,
        payload_digest=version.payload_digest,
        start=min(start, end),
        end=end,
        known_at=now,
        block=grain,
        cannot=(*found.cannot, *cannot),
    )
    return replace(found, look=tuple(_looks(found, now)))


def _terms(shop: Workshop, model: Model, name: str | None) -> Terms:
    info, spec = model.payload.info, shop.spec
    return Terms(
        metric=metric(name or model.evaluation.metric),
        classes=task(info.task).probabilities,
        threshold=info.threshold,
        level=spec.evaluate.confidence,
        seed=spec.split.seed,
    )


def _before(shop: Workshop, model: Model, judged: Scorer) -> LabelledRows:
    """The sealed rows that a version was judged on, answered by what was judged."""
    rows = sealed_rows(shop, model)
    if rows is None or not len(rows[0]):
        raise NotFound(
            f"the rows that {model.version.name} was judged on are not here: it was trained elsewhere",
            fix="ask where it was trained, or train a version here with `mw train`",
            code="reference.missing",
        )
    y, columns, times = rows
    timed = times if shop.spec.data.time is not None else None
    _, blocks = blocks_of(_grain(shop) if timed is not None else None, {}, timed)
    return LabelledRows(y, judged.batch(columns), _inputs(model, columns), blocks)


def _grain(shop: Workshop) -> str | None:
    return shop.spec.evaluate.block if shop.spec.evaluate.block in GRAINS else None


def _inputs(model: Model, columns: dict[str, Array]) -> dict[str, Array]:
    """The columns that a request brings and features are made of."""
    wanted = [column.name for column in model.payload.scorer.contract.columns if column.role in ("feature", "time")]
    return {name: columns[name] for name in wanted}


def _labelled(shop: Workshop, model: Model, start: datetime, end: datetime) -> tuple[Window, dict[str, Array]]:
    """What was asked in [start, end), and the version's own labelled answers. Raises NotFound where there are none."""
    seen, rows = window(Logs.of(shop.home.root), shop.project, start, end, as_of=shop.clock.now(), wanted=Wanted(labelled=True))
    mine = (rows["label_known_at"] != MISSING_DATE) & (rows["payload_digest"] == model.payload.payload_digest)
    if not mine.any():
        raise NotFound(
            f"no answer of {model.version.name} from {start:%Y-%m-%d} to {end:%Y-%m-%d} has a label that had time to come",
            fix="name a longer time with --since, or wait for labels",
            code="labels.missing",
        )
    return seen, take(rows, mine)


def _now(shop: Workshop, model: Model, rows: dict[str, Array]) -> tuple[LabelledRows, str | None]:
    y, said = truth_and_output(model.payload, rows)
    columns = logged_columns(rows["request"], model.payload.scorer.contract)
    known = ~np.isnan(y)
    name, blocks = blocks_of(_grain(shop), {}, rows["event_at"][known])
    return LabelledRows(y[known], said[known], _inputs(model, take(columns, known)), blocks), name


def _looks(found: Attribution, now: datetime) -> Iterator[str]:
    """Commands that list the rows of what did most of it."""
    if found.leading is None or found.start is None or found.end is None:
        return
    days = max(1, math.ceil((now - found.start) / timedelta(days=1))) + MARGIN
    time = f"event_at >= '{found.start:%Y-%m-%d %H:%M}' and event_at < '{found.end:%Y-%m-%d %H:%M}' and label is not null"
    columns = [one for one in found.columns if one.kind == found.leading]
    terms = [_of_slice(one) for one in found.slices] if found.leading == "concept" else [_of_column(one) for one in columns]
    for term in list(dict.fromkeys(terms or [""]))[:MOST_LOOKS]:
        where = f"{time} and {term}" if term else time
        yield f"mw log predictions --since {days}d --where {quoted(where)}"


def _of_column(part: ColumnPart) -> str:
    if part.fault == "missing":
        return f"{identifier(part.column)} is null"
    if part.fault == "unseen":
        return f"list_contains(flags, '{('unseen:' + part.column).replace(chr(39), chr(39) * 2)}')"
    return ""


def _of_slice(part: SlicePart) -> str:
    name = identifier(part.column)
    if part.low is not None and part.low == part.high:
        return f"{name} = {part.low!r}"
    ends = [f"{name} > {part.low!r}"] if part.low is not None else []
    ends += [f"{name} <= {part.high!r}"] if part.high is not None else []
    if ends:
        return " and ".join(ends)
    if part.group == MISSING:
        return f"{name} is null"
    return "" if part.group.startswith(REST) else f"{name} = '{part.group.replace(chr(39), chr(39) * 2)}'"
