"""Parity: logged requests are answered anew, row by row and all at once, and must come out as they were, to the bit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.errors import MillwrightError, NotFound
from millwright.loop.opened import Model, open_model
from millwright.loop.side_by_side import hidden_features, hidden_names
from millwright.loop.workshop import Workshop
from millwright.models.scorer import Scorer
from millwright.models.support import without_mark
from millwright.predictions.logged import logged_columns
from millwright.predictions.pruned import gone_sentence
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.release import Version
from millwright.records.traffic import Window
from millwright.records.watching import Parity, VersionParity
from millwright.registry import versions

Array = NDArray[Any]

COMPARED = ("id", "payload_digest", "request", "output", "flags")
"""The columns of rows that are answered again."""

MOST_VERSIONS = 10_000
_HASH = re.compile("[0-9a-f]{16}")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def parity(shop: Workshop, start: datetime, end: datetime, limit: int) -> Parity:
    """Answer what happened in [start, end) again: all of it, or `limit` rows at equal steps.

    What a challenger said in shadow was given to nobody and is left out. Raises Unavailable where the log is damaged.
    """
    wanted = Wanted(columns=COMPARED, sample=limit)
    return parity_on(shop, *window(Logs.of(shop.home.root), shop.project, start, end, as_of=shop.clock.now(), wanted=wanted))


def parity_on(shop: Workshop, seen: Window, chosen: dict[str, Array], opened: Model | None = None) -> Parity:
    """The same for chosen rows of a window that were read already, with the columns COMPARED. opened: a model at hand."""
    found: list[VersionParity] = []
    cannot: list[str] = []
    for digest in sorted(set(chosen["payload_digest"])):
        try:
            model = _answerable(shop, digest, opened)
        except MillwrightError as error:
            cannot.append(error.what)
            continue
        asked = take(chosen, chosen["payload_digest"] == digest)
        apart = list(_rows_apart(model.payload.scorer, asked, hidden_names(shop)))
        if hashed := sum(row.hashed for row in apart):
            cannot.append(
                f"{hashed:,} rows of {model.version.name}: they seem to hold hashed values, from when a column was hidden"
            )
        found.append(_of_version(model, asked["id"], apart))
    return Parity(
        project=shop.project,
        start=seen.start,
        end=seen.end,
        predictions=seen.predictions,
        versions=tuple(sorted(found, key=lambda one: one.version)),
        cannot=(*cannot, *((gone_sentence(seen.begins),) if seen.begins else ())),
    )


def _answerable(shop: Workshop, digest: str, opened: Model | None) -> Model:
    """The model with this payload. Raises MillwrightError where it cannot be asked again."""
    model = opened
    if model is None or model.payload.payload_digest != digest:
        model = open_model(shop, _version_of(shop, digest))
    if hidden := hidden_features(shop, model):
        raise MillwrightError(f"{model.version.name} cannot be asked again: the log holds {', '.join(hidden)} hashed")
    return model


def _version_of(shop: Workshop, digest: str) -> Version:
    with shop.catalogue.read() as view:
        known = versions.page(view, shop.project, limit=MOST_VERSIONS)
    for version in known:
        if version.payload_digest == digest:
            return version
    raise NotFound(f"no version of {shop.project} has the payload {digest[:12]} that answered")


@dataclass(frozen=True, slots=True)
class _Apart:
    """How far a row is from what it was: the largest differences, and whether anything differs at all.

    hashed: it differs, and holds what looks like a hash: it may be from a time when a column was hidden, and proves nothing.
    """

    vector: float
    output: float
    differs: bool
    hashed: bool = False


_EQUAL = _Apart(0.0, 0.0, differs=False)


def _of_version(model: Model, ids: Array, apart: Sequence[_Apart]) -> VersionParity:
    ids, apart = ids[[not row.hashed for row in apart]], [row for row in apart if not row.hashed]
    unequal = [i for i, row in enumerate(apart) if row.differs]
    worst = max(unequal, key=lambda i: (apart[i].output, apart[i].vector), default=None)
    return VersionParity(
        version=model.version.number,
        payload_digest=model.payload.payload_digest,
        rows=len(apart),
        unequal=len(unequal),
        vector=max((row.vector for row in apart), default=0.0),
        output=max((row.output for row in apart), default=0.0),
        example=None if worst is None else str(ids[worst]),
        evaluator=model.payload.info.evaluator,
    )


def _rows_apart(scorer: Scorer, rows: dict[str, Array], hidden: frozenset[str]) -> Iterator[_Apart]:
    """hidden: columns whose values are hashed in the log; those that the version is asked with are none of them."""
    columns = logged_columns(rows["request"], scorer.contract)
    matrix, outputs = scorer.matrix(columns), scorer.batch(columns).reshape(len(rows["id"]), -1)
    logged = zip(rows["request"], rows["output"], rows["flags"], strict=True)
    keys = frozenset(column.name for column in scorer.contract.columns if column.role == "key")
    for i, (request, output, flags) in enumerate(logged):
        row = {name: value for name, value in _decode(request).items() if name not in hidden}
        try:
            cells, flagged = scorer.check(row, i + 1)
        except MillwrightError:  # it was answered, and would be refused today
            yield _Apart(0.0, 0.0, differs=True, hashed=_holds_hashes(row))
            continue
        vector, said = np.frombuffer(scorer.vector(cells)), scorer.row(cells)
        one, was, now = np.array(said), _decode(output), _decode(_encode(scorer.said(said)))
        if _equal(vector, matrix[i]) and _equal(one, outputs[i]) and was == now and _same_flags(flagged, flags, keys):
            yield _EQUAL
            continue
        yield _Apart(
            vector=_largest(vector, matrix[i]),
            output=max(_largest(one, outputs[i]), _apart(was, now)),
            differs=True,
            hashed=_holds_hashes(row),
        )


def _holds_hashes(row: Mapping[str, Any]) -> bool:
    return any(isinstance(value, str) and _HASH.fullmatch(value) for value in row.values())


def _same_flags(now: tuple[str, ...], was: str, keys: frozenset[str]) -> bool:
    """Whether the contract flags the same; the mark follows from its flags, and older logs are without it. In these keys were
    flagged too."""
    told = without_mark(was).split()
    return without_mark(" ".join(now)).split() == [flag for flag in told if flag.partition(":")[2] not in keys]


def _equal(one: Array, other: Array) -> bool:
    return one.tobytes() == other.tobytes() or np.array_equal(one, other, equal_nan=True)


def _largest(one: Array, other: Array) -> float:
    """The largest difference between two vectors, where both have a value."""
    apart = np.abs(one - other)
    return float(np.max(apart[np.isfinite(apart)], initial=0.0))


def _apart(was: Any, now: Any) -> float:
    """The largest difference between numbers that stand in the same place of two answers."""
    if isinstance(was, dict) and isinstance(now, dict):
        return max((_apart(was[name], now[name]) for name in was.keys() & now.keys()), default=0.0)
    if isinstance(was, list) and isinstance(now, list):
        return max(map(_apart, was, now), default=0.0)
    numbers = isinstance(was, int | float) and isinstance(now, int | float)
    return abs(was - now) if numbers else 0.0
