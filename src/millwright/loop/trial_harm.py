"""Whether the version that is tried does harm, by the log alone: the same log gives the same evidence, live and in a replay."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.estimate.harm import evidence, first_over
from millwright.estimate.row_harm import draws_of, row_harm
from millwright.evaluate.gates import tolerated
from millwright.loop.opened import Model
from millwright.loop.quality import maturity_of, seen_by, truth_and_output
from millwright.loop.side_by_side import hidden_features
from millwright.loop.workshop import Workshop
from millwright.metrics.registry import metric
from millwright.predictions.answered import Requests
from millwright.predictions.logged import logged_columns
from millwright.records.watching import Harm

Array = NDArray[Any]

TESTS = 2
"""Failures and quality: each has an equal part of the chance of a false stop."""

FAILED_ROWS = "share of rows that failed"


def harm_by_failures(requests: Requests, limit: float, alpha: float) -> Harm:
    """Whether more than `limit` of the challenger's rows fail. The live version had answered each of them, or did in its
    place, so every failure is the challenger's own. One draw a request, since its rows may all fail of one thing."""
    logs = evidence(requests.failed, limit, 0.0)
    return _described(FAILED_ROWS, requests.failed, logs, requests.moments, np.cumsum(requests.rows), limit, alpha, 1.0)


def harm_on_labelled(
    shop: Workshop, columns: Mapping[str, Array], live: Model, challenger: Model, now: datetime
) -> Harm | None:
    """Whether the challenger does worse than the live version, on labelled rows that either answered; the other is asked now.

    columns: rows of a window. A row counts from when its label was known and its age made labels complete, so that outcomes
    which are known early do not count first; of rows of one subject the first counts.
    """
    main, info = metric(live.evaluation.metric), live.payload.info
    promised = {m.name: m.interval.value for m in live.evaluation.metrics if m.interval.value is not None}
    margin, alpha = tolerated(shop.spec.gates, main.name, shop.spec.release), shop.spec.release.harm_alpha / TESTS
    how = row_harm(main, promised, margin, len(info.classes))
    if how is None:
        return _untested(main.name, margin, alpha, "the live version has no promised error to measure by")
    if info.classes != challenger.payload.info.classes:
        return _untested(main.name, margin, alpha, "the two versions have other classes")
    hidden = {model.payload.payload_digest: hidden_features(shop, model) for model in (live, challenger)}
    rows, told = _in_order(shop, _comparable(columns, hidden), now)
    if not len(told) and any(hidden.values()):
        names = ", ".join(sorted({name for each in hidden.values() for name in each}))
        return _untested(main.name, margin, alpha, f"rows cannot be asked again: {names} is hashed in the log")
    y, *answers = _answers(rows, live, challenger)
    known = ~np.isnan(y) & np.all([np.isfinite(said.reshape(len(y), -1)).all(axis=1) for said in answers], axis=0)
    of_live, of_challenger = (
        seen_by(main, said[known], model.payload.info.threshold)
        for said, model in zip(answers, (live, challenger), strict=True)
    )
    draws = draws_of(main, how, y[known], of_challenger, of_live)
    logs = evidence(draws.values, how.tolerated, -1.0)
    return _described(
        f"{how.words} worse by", draws.values, logs, told[known][draws.ends], draws.ends + 1, how.tolerated, alpha, how.unit
    )


def _untested(what: str, margin: float, alpha: float, why: str) -> Harm:
    return Harm(
        what=what, rows=0, draws=0, worse=None, tolerated=margin, evidence=1.0, largest=1.0, needed=1 / alpha, cannot=why
    )


def _comparable(columns: Mapping[str, Array], hidden: Mapping[str, tuple[str, ...]]) -> dict[str, Array]:
    """The labelled rows that one of two versions answered and the other can be asked. hidden: by payload, what it would be
    asked with and the log holds hashed."""
    askable = [mine for mine in hidden if not any(names for theirs, names in hidden.items() if theirs != mine)]
    return take(
        dict(columns), np.isin(columns["payload_digest"], askable) & np.not_equal(columns["label_known_at"], MISSING_DATE)
    )


def _in_order(shop: Workshop, columns: dict[str, Array], now: datetime) -> tuple[dict[str, Array], Array]:
    """The rows that count by now, in the order in which they came to, and when each did (microseconds since 1970)."""
    maturity = int(maturity_of(shop).total_seconds() * 1e6)
    told = np.maximum(columns["label_known_at"], columns["event_at"] + maturity)
    order = np.flatnonzero(told <= now.timestamp() * 1e6)
    order = order[np.lexsort((columns["id"][order].astype(str), columns["event_at"][order], told[order]))]
    subjects = _subjects(take(columns, order), shop.spec.data.group)
    firsts = order[np.sort(np.unique(subjects, return_index=True)[1])]
    return take(columns, firsts), told[firsts]


def _subjects(rows: Mapping[str, Array], group: str | None) -> Array:
    """Whom each row is of: its group where the request holds that, else its key, else itself. What one customer's first row
    shows, the second shows again."""
    keys = [f"key {key}" if key is not None else f"row {id_}" for key, id_ in zip(rows["key"], rows["id"], strict=True)]
    if group is not None:
        cells = [msgspec.json.decode(text).get(group) for text in rows["request"]]
        keys = [key if cell is None else f"group {cell}" for key, cell in zip(keys, cells, strict=True)]
    return np.array(keys, dtype=str)


def _answers(rows: Mapping[str, Array], live: Model, challenger: Model) -> tuple[Array, Array, Array]:
    """The truth of each row, and what the live version and the challenger say of it: as logged, or asked now."""
    y, logged = truth_and_output(live.payload, dict(rows))
    said: list[Array] = []
    for model in (live, challenger):
        outputs, others = logged.copy(), rows["payload_digest"] != model.payload.payload_digest
        if others.any():  # of no rows nobody is asked
            scorer = model.payload.scorer
            outputs[others] = scorer.batch(logged_columns(rows["request"][others], scorer.contract))
        said.append(outputs)
    return y, said[0], said[1]


def _described(
    what: str, draws: Array, logs: Array, moments: Array, rows: Array, limit: float, alpha: float, unit: float
) -> Harm:
    first = first_over(logs, alpha)
    return Harm(
        what=what,
        rows=int(rows[-1]) if len(rows) else 0,
        draws=len(draws),
        worse=float(draws.mean()) * unit if len(draws) else None,
        tolerated=limit * unit,
        evidence=_money(logs[-1]) if len(logs) else 1.0,
        largest=max(1.0, _money(logs.max())) if len(logs) else 1.0,
        needed=1 / alpha,
        shown_at=None if first is None else datetime.fromtimestamp(int(moments[first]) / 1e6, UTC),
        shown_after=None if first is None else int(rows[first]),
    )


def _money(log: float) -> float:
    """At most what a decimal number holds."""
    return float(np.exp(min(float(log), 700.0)))
