"""Challengers and canaries on real rows: how many that are equal, or just at the margin, are promoted or stopped.

Flights: two models of disjoint halves of the rows to May answer the rows from June on. Bike hire: two models of halves of the
hours of every other week answer those of the weeks between. A null challenger is one of the two and the champion the other,
which is which being drawn anew for each day (or each row), so that the two are equal in law whatever a day does to both. At the
margin: the same with each row's loss made larger by just the margin.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import duckdb
import lightgbm
import numpy as np
from figure import Figure
from numpy.typing import NDArray
from scipy.stats import binom

from millwright.evaluate.bootstrap import paired
from millwright.evaluate.evaluation import champion_level
from millwright.evaluate.gates import OR_BY, default_gates, judge, tolerated, ways_to_show
from millwright.evaluate.harm import allowance, by_days, by_rows, first_over, swing_of, together
from millwright.evaluate.row_harm import Draws, draws_of, promised_of, row_harm
from millwright.metrics.registry import metric
from millwright.records.judging import Comparison, Evaluation, Swing
from millwright.records.spec import GateSpec, ReleaseSpec

if TYPE_CHECKING:
    from bench import Bench

Array = NDArray[Any]

ALPHA, CHALLENGERS, CANARIES = 0.05, 1_000, 500
SEALED_DAYS, CANARY_DAYS, SHARE = 30, 14, 0.2
MARGINS = {"log_loss": 0.01, "mae": 2.0}
FAILING = 0.01
BIKES = Path(__file__).parents[2] / "tests" / "data" / "samples" / "bike_sharing.parquet"


@dataclass(frozen=True, slots=True)
class Pair:
    """Truth and two models' outputs on rows in order of time, and the day of each row."""

    y: Array
    one: Array
    other: Array
    day: Array

    def of(self, rows: Array) -> "Pair":
        """Some of the rows."""
        return Pair(self.y[rows], self.one[rows], self.other[rows], self.day[rows])

    def days(self, first: int, count: int) -> "Pair":
        """The rows of some days."""
        return self.of((self.day >= first) & (self.day < first + count))

    def swapped(self, random: np.random.Generator, by: Array) -> "Pair":
        """Which of the two is which, drawn anew for each code in `by`."""
        turned = (random.random(int(by.max()) + 1) < 0.5)[by]
        return Pair(self.y, np.where(turned, self.other, self.one), np.where(turned, self.one, self.other), self.day)

    def worse(self, name: str, margin: float) -> "Pair":
        """The first model with each row's loss larger by a margin."""
        return Pair(self.y, _WORSE[name](self.y, self.one, margin), self.other, self.day)


def _worse_log_loss(y: Array, said: Array, margin: float) -> Array:
    less = np.exp(-margin)
    return np.asarray(np.where(y == 1, said * less, 1 - (1 - said) * less))


def _worse_mae(y: Array, said: Array, margin: float) -> Array:
    return np.asarray(y + (np.abs(said - y) + margin) * np.where(said >= y, 1.0, -1.0))


_WORSE: dict[str, Callable[[Array, Array, float], Array]] = {"log_loss": _worse_log_loss, "mae": _worse_mae}


@cache
def flights() -> Pair:
    """The flights of 2013 from June on."""
    numbers = ("distance", "plane_seats", "plane_year_made", "wx_temp", "wx_dewp", "wx_wind_speed", "wx_precip", "wx_visib")
    chosen = ", ".join([*(f"{name}::double as {name}" for name in numbers), "hour(scheduled_departure)::double as hour"])
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source:
        table = duckdb.sql(
            f"select {chosen}, (hash(carrier) % 16)::double as carrier, (hash(dest) % 100)::double as dest, "
            f"arr_late15::double as y, dayofyear(scheduled_departure)::bigint as day from read_parquet('{source}') "
            "where arr_late15 is not null order by scheduled_departure, carrier, flight"
        ).fetchnumpy()
    return _fitted(table, "binary", lambda day: day < 152)


@cache
def bikes() -> Pair:
    """Hours of bike hire: those of every other week are learnt from."""
    columns = "hr, weekday, workingday, weathersit, temp, hum, windspeed, season, yr"
    table = duckdb.sql(
        f"select {', '.join(f'{name}::double as {name}' for name in columns.split(', '))}, cnt::double as y, "
        f"(epoch(datetime) // 86400)::bigint as day from read_parquet('{BIKES}') order by datetime"
    ).fetchnumpy()
    return _fitted(table, "regression", lambda day: (day // 7) % 2 == 0)


def _fitted(table: dict[str, Any], objective: str, learns: Callable[[Array], Array]) -> Pair:
    y, day = np.asarray(table.pop("y")), np.asarray(table.pop("day"))
    X = np.column_stack([np.ma.filled(np.ma.asarray(cells), np.nan) for cells in table.values()])
    learnt = np.flatnonzero(learns(day))
    half = np.random.default_rng(7).random(len(learnt)) < 0.5
    parameters = {"objective": objective, "num_leaves": 15, "verbosity": -1, "num_threads": 1}
    models = [lightgbm.train(parameters, lightgbm.Dataset(X[part], y[part]), 60) for part in (learnt[half], learnt[~half])]
    asked = np.flatnonzero(~learns(day))
    one, other = (np.asarray(model.predict(X[asked])) for model in models)
    return Pair(y[asked], one, other, day[asked])


def figures(bench: "Bench") -> Iterator[Figure]:
    """Gates on null challengers, canaries on null ones, and how soon a harm is stopped."""
    for name, pair in (("log_loss", flights), ("roc_auc", flights), ("mae", bikes)):
        yield _promoted(bench, f"trials.superior.{name}", pair(), name, ReleaseSpec())
    for (other,), name, pair in ((OR_BY["binary"], "log_loss", flights), (OR_BY["regression"], "rmse", bikes)):
        yield _promoted(bench, f"trials.superior.{name}_or_{other}", pair(), name, ReleaseSpec(), (other,))
    for name, pair in (("log_loss", flights), ("mae", bikes)):
        release = ReleaseSpec(promote_on="not_worse", margin=MARGINS[name])
        yield _promoted(bench, f"trials.not_worse.{name}", pair(), name, release)
    yield _stopped(bench, "trials.canary.log_loss.swapped_by_row", flights(), "log_loss", by_day=False)
    for name, pair in (("log_loss", flights), ("roc_auc", flights), ("mae", bikes)):
        yield _stopped(bench, f"trials.canary.{name}.swapped_by_day", pair(), name, by_day=True)
    yield _taken_for_independent(bench, flights(), "log_loss")
    for margin in (0.02, 0.1, 0.3):
        yield from _power(bench, flights(), "log_loss", margin)


def _promoted(bench: "Bench", name: str, pair: Pair, of: str, release: ReleaseSpec, or_by: tuple[str, ...] = ()) -> Figure:
    """Null challengers that the default gate promotes. or_by: other metrics that may show one to be better."""
    bound = float(binom.ppf(0.99, CHALLENGERS, ALPHA))
    bench.say(f"{name}: {CHALLENGERS:,} challengers")
    gate = default_gates(of, champion=True, release=release, or_by=or_by)[1]
    promoted = sum(_passes(random, pair, gate, release) for random in bench.randoms(name, CHALLENGERS))
    rule = "equal" if release.promote_on == "superior" else f"worse by {release.margin:g}, as tolerated"
    return Figure(name, float(promoted), "promoted", f"of {CHALLENGERS:,} that are {rule}, {SEALED_DAYS} sealed days", bound)


def _passes(random: np.random.Generator, pair: Pair, gate: GateSpec, release: ReleaseSpec) -> bool:
    """Whether the gate passes on some days in a row, the two models changing places day by day."""
    rows = _some_of(random, pair, pair.days(_some_day(random, pair, SEALED_DAYS), SEALED_DAYS))
    rows = rows.swapped(random, rows.day - rows.day.min())
    rows = rows.worse(gate.metric, release.margin) if release.margin else rows
    level, seed, found = champion_level(1 - ALPHA, ways_to_show((gate,))), int(random.integers(1 << 31)), list[Comparison]()
    for of in (gate.metric, *gate.or_by):
        mine, theirs, difference = paired(metric(of), rows.y, rows.one, rows.other, blocks=rows.day, level=level, seed=seed)
        found += [
            Comparison(against=who, version="v1", metric=of, mine=mine, theirs=theirs, difference=difference)
            for who in ("baseline", "champion")
        ]
    return judge((gate,), _evaluation(gate.metric, len(rows.y), found), None).state == "passed"


def _evaluation(of: str, rows: int, comparisons: list[Comparison]) -> Evaluation:
    nothing: dict[str, Any] = {"train_score": None, "validation_score": None, "overfit_gap": None, "calibration_error": None}
    return Evaluation(
        **nothing, payload_digest="", snapshot="", rows=rows, block="day", blocks=SEALED_DAYS, metric=of, metrics=(),
        comparisons=tuple(comparisons), slices=(), calibration=(), histogram=(), importance=(), size_bytes=0,
        holdout_from=None, holdout_until=None, tries=1, event_at=None, known_at=datetime(2024, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def _some_of(random: np.random.Generator, pair: Pair, rows: Pair) -> Pair:
    """Of flights one in five, about a hundred a day."""
    return rows.of(random.random(len(rows.y)) < SHARE) if pair is flights() else rows


def _some_day(random: np.random.Generator, pair: Pair, days: int) -> int:
    return int(random.integers(pair.day.min(), pair.day.max() - days + 2))


def _stopped(bench: "Bench", name: str, pair: Pair, of: str, *, by_day: bool) -> Figure:
    """Null canaries that are stopped, looked at after every request; a hundredth of the requests fails, as is tolerated."""
    bound = float(binom.ppf(0.99, CANARIES, ALPHA))
    bench.say(f"{name}: {CANARIES} canaries")
    stops = [_trial(random, pair, of, by_day=by_day) for random in bench.randoms(name, CANARIES)]
    wrong = sum(stop is not None for stop in stops)
    return Figure(name, float(wrong), "stopped", f"of {CANARIES} equal canaries of {CANARY_DAYS} days, looked at always", bound)


def _taken_for_independent(bench: "Bench", pair: Pair, of: str) -> Figure:
    """What a test would stop that bets row by row and knows nothing of days."""
    name = f"trials.rows_alone.{of}"
    how, stopped = row_harm(metric(of), {}), 0
    assert how is not None
    for random in bench.randoms(name, CANARIES):
        rows = pair.days(_some_day(random, pair, CANARY_DAYS), CANARY_DAYS)
        rows = rows.swapped(random, rows.day - rows.day.min())
        draws = draws_of(metric(of), how, rows.y, rows.one, rows.other).values
        stopped += first_over(by_rows(draws, 0.0, -1.0), ALPHA / 2) is not None
    return Figure(name, float(stopped), "stopped", f"of {CANARIES} as swapped by day, by a test blind to days: not ours")


def _trial(
    random: np.random.Generator, pair: Pair, of: str, *, by_day: bool, margin: float = 0.0, failing: float = FAILING
) -> int | None:
    """After how many requests a canary is stopped; None: it is not."""
    first = _some_day(random, pair, SEALED_DAYS + CANARY_DAYS) + SEALED_DAYS
    rows = pair.days(first, CANARY_DAYS)
    rows = rows.swapped(random, rows.day - rows.day.min() if by_day else np.arange(len(rows.y)))
    rows = rows.worse(of, margin) if margin else rows
    sealed = pair.days(first - SEALED_DAYS, SEALED_DAYS)
    main, promised = metric(of), promised_of(sealed.y, sealed.other)
    how = row_harm(main, promised, tolerated((), of))
    assert how is not None
    before = draws_of(main, how, sealed.y, sealed.one, sealed.other)
    swing = swing_of(before.values, sealed.day[before.ends])
    assert swing is not None
    quality = first_over(_evidence(draws_of(main, how, rows.y, rows.one, rows.other), rows.day, swing), ALPHA / 2)
    failed = first_over(by_rows((random.random(len(rows.y)) < failing).astype(float), FAILING, 0.0), ALPHA / 2)
    found = [stop for stop in (quality, failed) if stop is not None]
    return min(found) + 1 if found else None


def _evidence(draws: Draws, day: Array, swing: Swing) -> Array:
    days, codes, counts = np.unique(day[draws.ends], return_inverse=True, return_counts=True)
    means = np.bincount(codes, draws.values, len(days)) / counts
    by_row = by_rows(draws.values, allowance(swing), -1.0)
    return together(by_row, by_days(means, 0.0, swing.spread), np.cumsum(counts))


def _power(bench: "Bench", pair: Pair, of: str, margin: float) -> Iterator[Figure]:
    """Canaries that are worse by so much on every row: the share that is stopped, and after how many requests."""
    name = f"trials.harm.{of}.{margin:g}"
    stops = [_trial(random, pair, of, by_day=True, margin=margin) for random in bench.randoms(name, CANARIES // 5)]
    found = [stop for stop in stops if stop is not None]
    what = f"{len(stops)} canaries of {CANARY_DAYS} days, worse by {margin:g}"
    yield Figure(f"{name}.stopped", 100 * len(found) / len(stops), "%", what)
    yield Figure(f"{name}.requests", float(median(found)) if found else None, "requests until stopped (median)", what)
