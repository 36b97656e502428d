"""Asking for labels: which predictions were drawn at random for a person to look up, and where that is remembered."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.errors import Conflict, NotFound
from millwright.estimate.before_labels import FEWEST_REFERENCE, Labelled, Unlabelled
from millwright.estimate.expected import LOSSES, Expected, expected_losses
from millwright.estimate.label_sample import sample_rows
from millwright.loop.opened import Model, live_version, open_model
from millwright.loop.reference_rows import features_of, reference_rows
from millwright.loop.workshop import Workshop
from millwright.predictions.layout import from_microseconds
from millwright.predictions.logged import logged_columns
from millwright.predictions.rows import answers_of
from millwright.predictions.window import Logs, window
from millwright.records.codec import from_json, to_json
from millwright.records.estimating import LabelRequest, RequestedRow
from millwright.stores.durable import make_folder, write_new
from millwright.tasks.registry import task

Array = NDArray[Any]

FOLDER = "label-requests"
MARGIN = 0.1
"""Of the promised loss; more than that is worse."""
MOST_OF = 100_000


def request_labels(
    shop: Workshop, wanted: int, since: timedelta, *, seed: int | None = None, by: Literal["score"] | None = None
) -> tuple[LabelRequest, dict[str, Array]]:
    """Draw predictions of the live version of the time `since` and remember them; also the rows of the log, in their order.

    seed: None takes one from the spec's and the number of the request. Raises NotFound where nothing is live or the rows it
    was judged on are gone, Conflict where fewer than two predictions have no label or too few rows were judged.
    """
    version = live_version(shop)
    if version is None:
        raise NotFound("nothing is live", fix="`mw promote` a version", code="release.missing")
    model, now = open_model(shop, version), shop.clock.now()
    seen, rows = window(Logs.of(shop.home.root), shop.project, now - since, now, as_of=now)
    mine = np.flatnonzero(rows["payload_digest"] == model.payload.payload_digest)[-MOST_OF:]
    rows = take(rows, mine)
    unlabelled = rows["label_known_at"] == MISSING_DATE
    if unlabelled.sum() < 2:
        fix = "ask again when there are new ones, or name a longer time with --since"
        raise Conflict(f"{int(unlabelled.sum())} predictions of {version.name} have no label", fix=fix, code="labels.none_open")
    earlier = requests_of(shop)
    number = (earlier[-1].number if earlier else 0) + 1
    seed = shop.spec.split.seed + number if seed is None else seed
    expected, said = _expected(shop, model, rows, seen.start)
    score = said if said.ndim == 1 else said.max(axis=1)
    drawn = sample_rows(len(mine), wanted, seed, open_rows=unlabelled, by=score if by else None)
    mean = float(expected.reference.mean())
    request = LabelRequest(
        project=shop.project,
        number=number,
        version=version.number,
        payload_digest=version.payload_digest,
        asked_by=shop.actor,
        asked_at=now,
        start=seen.start,
        end=seen.end,
        seed=seed,
        by=by,
        of=len(mine),
        wanted=wanted,
        loss=LOSSES[model.payload.info.task],
        unit=expected.unit,
        mean=float(expected.asked.mean()),
        variance=float(expected.asked.var()),
        promised=mean,
        margin=MARGIN * mean + float(expected.reference.std() / np.sqrt(len(expected.reference))) * 2,
        rows=tuple(_requested(rows, expected.asked, drawn.tolist())),
    )
    _remember(shop, request)
    return request, take(rows, drawn)


def _expected(shop: Workshop, model: Model, rows: dict[str, Array], start: datetime) -> tuple[Expected, Array]:
    info, reference = model.payload.info, reference_rows(shop, model, start)
    if len(reference.y) < FEWEST_REFERENCE:
        raise Conflict(
            f"{model.version.name} has {len(reference.y):,} labelled rows, too few to know what to expect",
            fix=f"at least {FEWEST_REFERENCE} sealed rows are needed",
            code="reference.few",
        )
    said = task(info.task).outputs_of(answers_of(rows["output"]), info)
    requests = logged_columns(rows["request"], model.payload.scorer.contract)
    labelled = Labelled(reference.y, reference.said, reference.X)
    asked = Unlabelled(said, features_of(shop, model, requests))
    return expected_losses(info.task, labelled, asked, seed=shop.spec.split.seed, threads=shop.threads), said


def _requested(rows: dict[str, Array], expected: Array, drawn: list[int]) -> Iterator[RequestedRow]:
    for at in drawn:
        yield RequestedRow(
            id=str(rows["id"][at]),
            event_at=from_microseconds(int(rows["event_at"][at])),
            expected=float(expected[at]),
            labelled=bool(rows["label_known_at"][at] != MISSING_DATE),
        )


def _folder(shop: Workshop) -> Path:
    return shop.home.root / FOLDER / shop.project


def _remember(shop: Workshop, request: LabelRequest) -> None:
    """Once and for ever: which rows were drawn must not change when their labels are known."""
    path = make_folder(_folder(shop)) / f"{request.number:06d}.json"
    try:
        write_new(path, to_json(request))
    except FileExistsError as error:
        what = f"request {request.number} was made by somebody else at the same moment"
        raise Conflict(what, fix="ask again", code="labels.requested") from error


def requests_of(shop: Workshop) -> tuple[LabelRequest, ...]:
    """The requests of a project, the oldest first."""
    return tuple(from_json(LabelRequest, path.read_bytes()) for path in sorted(_folder(shop).glob("*.json")))


def write_asked(request: LabelRequest, rows: dict[str, Array]) -> str:
    """The rows to look up as CSV: id, key, when, what was asked and answered, and an empty `value` to fill in."""
    asked = [at for at, row in enumerate(request.rows) if not row.labelled]
    decoded = [msgspec.json.decode(rows["request"][at]) for at in asked]
    names = list(dict.fromkeys(name for row in decoded for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "value", "key", "at", *(f"asked.{name}" for name in names), "answered"])
    for at, row in zip(asked, decoded, strict=True):
        cells = (row.get(name) for name in names)
        moment = request.rows[at].event_at.isoformat()
        writer.writerow([request.rows[at].id, "", rows["key"][at] or "", moment, *cells, rows["output"][at]])
    return text.getvalue()
