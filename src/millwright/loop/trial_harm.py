"""Whether the version that is tried does harm, by the log alone: the same log gives the same evidence, live and in a replay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.evaluate.gates import tolerated
from millwright.evaluate.harm import INDEPENDENT, allowance, by_days, by_rows, first_over, in_order, together
from millwright.evaluate.row_harm import Draws, RowHarm, draws_of, row_harm
from millwright.loop.asked_again import asked_again
from millwright.loop.opened import Model
from millwright.loop.quality import maturity_of, seen_by, truth_and_output
from millwright.loop.side_by_side import hidden_features
from millwright.loop.workshop import Workshop
from millwright.metrics.registry import metric
from millwright.predictions.answered import Requests
from millwright.records.judging import Swing
from millwright.records.watching import Harm

Array = NDArray[Any]

TESTS = 2
"""Failures and quality: each has an equal part of the chance of a false stop."""

DAY = 86_400_000_000

FAILED_ROWS = "share of rows that failed"


def harm_by_failures(requests: Requests, limit: float, alpha: float) -> Harm:
    """Whether more than `limit` of the challenger's rows fail. The live version had answered each of them, or did in its
    place, so every failure is the challenger's own. One draw a request, since its rows may all fail of one thing."""
    line = _Line(by_rows(requests.failed, limit, 0.0), requests.moments, np.cumsum(requests.rows))
    worse = float(requests.failed.mean()) if len(requests.failed) else None
    return _described(FAILED_ROWS, line, len(requests.failed), worse, limit, alpha)


def harm_on_labelled(
    shop: Workshop, columns: Mapping[str, Array], live: Model, challenger: Model, now: datetime
) -> Harm | None:
    """Whether the challenger does worse than the live version, on labelled rows that either answered; the other is asked now.

    columns: rows of a window. A row counts from when its label was known and its age made labels complete, so that outcomes
    which are known early do not count first; of rows of one subject the first counts.
    """
    main, info = metric(live.evaluation.metric), live.payload.info
    promised = {m.name: m.interval.value for m in live.evaluation.promised if m.interval.value is not None}
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
    known = ~np.isnan(y) & np.all([np.isfinite(np.atleast_2d(said.T)).all(axis=0) for said in answers], axis=0)
    of_live, of_challenger = (
        seen_by(main, said[known], model.payload.info.threshold)
        for said, model in zip(answers, (live, challenger), strict=True)
    )
    draws = draws_of(main, how, y[known], of_challenger, of_live)
    came = _Came(told[known][draws.ends], rows["event_at"][known][draws.ends], int(now.timestamp() * 1e6), maturity_of(shop))
    line = _money(draws, came, how, swing_between(challenger, live))
    worse = float(draws.values.mean()) * how.unit if len(draws.values) else None
    return _described(f"{how.words} worse by", line, len(draws.values), worse, how.tolerated * how.unit, alpha)


def swing_between(challenger: Model, live: Model) -> Swing | None:
    """How the difference of the two swings from day to day, as found when the challenger was judged against the live version;
    None where it was not."""
    if challenger.evaluation.block is None:
        return INDEPENDENT
    name, version = live.evaluation.metric, live.version.name
    found = (c for c in challenger.evaluation.comparisons if (c.against, c.version, c.metric) == ("champion", version, name))
    return next((c.swing for c in found if c.swing is not None), None)


@dataclass(frozen=True, slots=True)
class _Came:
    """When draws came to count, and of when they are (microseconds since 1970), by `now`; when labels are complete."""

    told: Array
    event_at: Array
    now: int
    maturity: timedelta

    def days(self, values: Array) -> tuple[Array, Array]:
        """The mean of each day that is over, in the order in which days were, and when that was: at the day's end and
        maturity, or the end of the day on which its first label came."""
        codes = np.unique(self.event_at // DAY, return_inverse=True)[1].reshape(-1)
        days = int(codes.max(initial=-1)) + 1
        ends = np.zeros(days, dtype=np.int64)
        np.maximum.at(ends, codes, (self.event_at // DAY + 1) * DAY + int(self.maturity.total_seconds() * 1e6))
        first = np.full(days, np.iinfo(np.int64).max)
        np.minimum.at(first, codes, self.told)
        ends = np.maximum(ends, (first // DAY + 1) * DAY)
        counts = self.told <= ends[codes]
        means = np.bincount(codes[counts], values[counts], days) / np.bincount(codes[counts], minlength=days)
        order = np.argsort(ends, kind="stable")
        order = order[ends[order] <= self.now]
        return means[order], ends[order]


@dataclass(frozen=True, slots=True)
class _Line:
    """The logarithm of the evidence at each moment (microseconds since 1970), and how many rows had come by then."""

    logs: Array
    moments: Array
    rows: Array


def _money(draws: Draws, came: _Came, how: RowHarm, swing: Swing | None) -> _Line:
    """Half bet on rows, with what days swing by tolerated (where that is not known, nothing is bet on rows), half on days."""
    if swing is None:
        rows = np.zeros(len(draws.values))
    else:
        rows = by_rows(draws.values, how.tolerated + allowance(swing) / how.unit, -1.0)
    means, ends = came.days(draws.values)
    days = by_days(means, how.tolerated, swing.spread / how.unit if swing else 0.0)
    closed = np.searchsorted(came.told, ends, side="right")
    moments, counted = np.concatenate([came.told, ends]), np.concatenate([draws.ends + 1, np.append(0, draws.ends + 1)[closed]])
    order = in_order(len(rows), closed)
    return _Line(together(rows, days, closed), moments[order], counted[order])


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
            outputs[others] = asked_again(model.payload, rows["request"][others])
        said.append(outputs)
    return y, said[0], said[1]


def _described(what: str, line: _Line, draws: int, worse: float | None, limit: float, alpha: float) -> Harm:
    first = first_over(line.logs, alpha)
    return Harm(
        what=what,
        rows=int(line.rows.max(initial=0)),
        draws=draws,
        worse=worse,
        tolerated=limit,
        evidence=_number(line.logs[-1]) if draws else 1.0,
        largest=_number(line.logs.max(initial=0.0)),
        needed=1 / alpha,
        shown_at=None if first is None else datetime.fromtimestamp(int(line.moments[first]) / 1e6, UTC),
        shown_after=None if first is None else int(line.rows[first]),
    )


def _number(log: float) -> float:
    """At most what a decimal number holds."""
    return float(np.exp(min(float(log), 700.0)))
