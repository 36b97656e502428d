"""What simpler ways would have answered to the same requests: never retraining, or doing so at every window, no gate asked."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, take
from millwright.errors import MillwrightError
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.bootstrap import Resamples, difference_of, interval_of
from millwright.loop.judge import scorer_of
from millwright.loop.learn import learn
from millwright.loop.material import Material
from millwright.loop.opened import open_model
from millwright.loop.order import Order
from millwright.loop.progress import silent
from millwright.loop.prove import Proof, settle_contract
from millwright.loop.quality import truth_and_output
from millwright.loop.refitting import ships_refit
from millwright.loop.retraining import order_of, spec_of_retrain
from millwright.loop.rolling import window_start
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric
from millwright.models.scorer import Scorer
from millwright.predictions.layout import to_microseconds
from millwright.predictions.logged import logged_columns
from millwright.predictions.pruned import gone_sentence
from millwright.predictions.window import Logs, window
from millwright.records.data import Profile
from millwright.records.judging import Interval
from millwright.records.replaying import Gap, Month, Way
from millwright.records.running import Run
from millwright.registry import releases, runs, versions
from millwright.registry.catalogue import Catalogue
from millwright.stores.blobs import FileBlobs
from millwright.stores.clock import FixedClock
from millwright.stores.home import Home

Array = NDArray[Any]

NEVER, ALWAYS, POLICY = "never", "always", "policy"
_AT_ONCE = 2
TITLES = {POLICY: "this policy", NEVER: "never retrain", ALWAYS: "every window"}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Labelled requests and what each way answered. y: (n,); event: (n,) microseconds UTC; outputs by way: (n,) or (n, k).

    titles: what the ways are called.
    """

    y: Array
    event: Array
    outputs: Mapping[str, Array]
    retrains: Mapping[str, int]
    titles: Mapping[str, str] = field(default_factory=lambda: TITLES)


def outcomes_of(
    shop: Workshop, start: datetime, end: datetime, retrain_at: Sequence[datetime], policy_retrains: int,
    told: Callable[[str], None] = lambda _line: None,
) -> Outcomes:  # fmt: skip
    """The labelled requests of [start, end), as the policy, the first version alone, and a model retrained at each of
    `retrain_at` answered or would have answered them."""
    seen, rows = window(Logs.of(shop.home.root), shop.project, start, end, as_of=shop.clock.now())
    if seen.begins is not None:
        told(gone_sentence(seen.begins))
    rows = take(rows, rows["label_known_at"] != MISSING_DATE)
    with shop.catalogue.read() as view:
        first = open_model(shop, versions.numbered(view, shop.project, releases.numbered(view, shop.project, 1).version))
    y, answered = truth_and_output(first.payload, rows)
    columns = logged_columns(rows["request"], first.payload.scorer.contract)
    never = first.payload.scorer.batch(columns)
    always = _retrained(shop, rows, never, retrain_at, told)
    known = ~np.isnan(y)
    return Outcomes(
        y=y[known],
        event=rows["event_at"][known],
        outputs={POLICY: answered[known], NEVER: never[known], ALWAYS: always[known]},
        retrains={POLICY: policy_retrains, NEVER: 0, ALWAYS: len(retrain_at)},
    )


def _retrained(
    shop: Workshop, rows: dict[str, Array], before: Array, moments: Sequence[datetime], told: Callable[[str], None]
) -> Array:
    """What models retrained at `moments`, each on what was known then, answer to the requests after it until the next."""
    found = before.copy()
    for k, scorer in enumerate(_scorers(shop, moments)):
        until = moments[k + 1] if k + 1 < len(moments) else None
        inside = rows["event_at"] >= to_microseconds(moments[k])
        if until is not None:
            inside &= rows["event_at"] < to_microseconds(until)
        told(f"retrained as of {moments[k]:%Y-%m-%d} ({k + 1} of {len(moments)})")
        if scorer is not None and inside.any():
            found[inside] = scorer.batch(logged_columns(rows["request"][inside], scorer.contract))
    return found


def _scorers(shop: Workshop, moments: Sequence[datetime]) -> Iterator[Scorer | None]:
    """A model as of each moment, in order. Two are made at a time: one reads its rows while the other fits."""
    shared = replace(shop, threads=max(1, shop.threads // _AT_ONCE))
    with tempfile.TemporaryDirectory(prefix="ways-", dir=shop.home.work) as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            yield from pool.map(lambda moment: _made_aside(shared, Path(folder), moment), moments)
        finally:
            pool.shutdown(cancel_futures=True)


def _made_aside(shop: Workshop, folder: Path, moment: datetime) -> Scorer | None:
    with _aside(shop, folder / f"{moment:%Y%m%dT%H%M%S}") as aside:
        return retrained_scorer(shop, aside, moment)


@contextmanager
def _aside(shop: Workshop, folder: Path) -> Iterator[Workshop]:
    """A workshop with a catalogue and blobs of its own, so that nothing of this gets into the project's."""
    home = Home(folder)
    with Catalogue.open(home.catalogue) as catalogue:
        yield replace(shop, home=home, catalogue=catalogue, blobs=FileBlobs(home.blobs), actor="comparison")


def retrained_scorer(shop: Workshop, aside: Workshop, moment: datetime) -> Scorer | None:
    """A model on what was known at `moment`, with the retrain settings of the spec and no gate; None where nothing could
    be learnt. shop: whose logs are read; aside: where it is worked."""
    asked = order_of(shop, f"as-of-{moment:%Y%m%dT%H%M}", moment, broken=())
    order = replace(asked, take=Material(Logs.of(shop.home.root)).take)
    place = replace(aside, clock=FixedClock(moment), spec=spec_of_retrain(shop.spec))
    try:
        return _learnt(place, order)
    except MillwrightError:  # too few labels yet: the model before goes on
        return None


def _learnt(shop: Workshop, order: Order) -> Scorer:
    now = shop.clock.now()
    run = Run(
        id=order.run,
        project=shop.project,
        spec="",
        state="running",
        as_of=order.as_of,
        started_at=now,
        finished_at=None,
        reason="",
        version=None,
        actor=shop.actor,
    )
    with shop.catalogue.write() as tx:
        if runs.find(tx, run.id) is None:
            runs.start(tx, run)
    steps = Steps(shop, run, silent)
    assert order.take is not None
    snapshot = order.take(shop, run)
    contract = settle_contract(shop, snapshot)
    proof = Proof(snapshot, contract, Profile(of=snapshot.digest, rows=snapshot.rows, columns=()), ())
    every = Table(shop, snapshot, contract, holdout=order.holdout)
    table = every.bounded(window_start(shop, run, steps, every, order), None)
    rows = table.unsealed() if ships_refit(shop.spec, order) else table  # no gate is asked: nothing has to be sealed
    lesson = learn(shop, run, steps, proof, rows, silent, order.kept)
    return scorer_of(shop, run, rows, lesson)


def ways_of(
    outcomes: Outcomes, metrics: Sequence[str | Metric], zone: str, level: float, resamples: int, seed: int
) -> tuple[Way, ...]:
    """Each way by month of the zone's calendar and over all, with intervals (days resampled whole)."""
    months = months_of(outcomes.event, zone)
    drawn = _draw(outcomes, resamples, seed)
    known = [named(one) for one in metrics]
    return tuple(
        Way(
            name=name,
            title=outcomes.titles[name],
            retrains=outcomes.retrains[name],
            months=tuple(_month(outcomes, output, month, months == month, known) for month in sorted(set(months.tolist()))),
            overall={m.name: interval_of(drawn.scores(by_month(m, months), outcomes.y, output), level) for m in known},
        )
        for name, output in outcomes.outputs.items()
    )


def named(one: str | Metric) -> Metric:
    """A metric, also where only its name is given."""
    return metric(one) if isinstance(one, str) else one


def gaps_of(
    outcomes: Outcomes, metrics: Sequence[str | Metric], zone: str, level: float, resamples: int, seed: int
) -> tuple[Gap, ...]:
    """The policy against each other way, paired on the same rows; positive: the policy was better."""
    months = months_of(outcomes.event, zone)
    drawn = _draw(outcomes, resamples, seed)
    return tuple(
        Gap(against=other, metric=one.name, difference=_better(drawn, outcomes, by_month(one, months), other, level))
        for one in map(named, metrics)
        for other in outcomes.outputs
        if other != POLICY
    )


def _better(drawn: Resamples, outcomes: Outcomes, by: Metric, other: str, level: float) -> Interval:
    mine = drawn.scores(by, outcomes.y, outcomes.outputs[POLICY])
    theirs = drawn.scores(by, outcomes.y, outcomes.outputs[other])
    return difference_of(mine.better_by(theirs, by.goal), level)


def by_month(plain: Metric, months: Array) -> Metric:
    """The mean of a metric over months, each weighing as many rows as it has.

    Versions come and go, and their scores are not on one scale: a ranking of all rows at once would hold a change of version
    against whoever made it. Within a month hardly more than one version answers. For sums over rows it is the same figure.
    """
    parts = [np.flatnonzero(months == month) for month in sorted(set(months.tolist()))]
    shares = np.array([len(part) for part in parts], dtype=np.float64) / max(len(months), 1)

    def mean(values: Array) -> Array:
        """Over the months in which the metric is defined; values: (months,) or (months, r)."""
        defined = np.isfinite(values)
        weighed = np.where(defined, values, 0.0).T @ shares
        total = defined.T @ shares
        return np.where(total > 0, weighed / np.where(total > 0, total, 1.0), np.nan)

    def score(y: Array, output: Array, weight: Array) -> float:
        return float(mean(np.array([plain.score(y[part], output[part], weight[part]) for part in parts])))

    def prepare(y: Array, output: Array, codes: Array, blocks: int, own: Array | None) -> Callable[[Array], Array]:
        counts = [None if own is None else own[part] for part in parts]
        each = [plain.by_block(y[p], output[p], codes[p], blocks, count) for p, count in zip(parts, counts, strict=True)]
        return lambda weights: mean(np.array([one(weights) for one in each]))

    return replace(plain, score=score, prepare=prepare)


def _draw(outcomes: Outcomes, resamples: int, seed: int) -> Resamples:
    _, codes = blocks_of(None, {}, outcomes.event)
    return Resamples.draw(len(outcomes.y), codes, resamples, seed)


def months_of(event: Array, zone: str) -> Array:
    """The month of each row in a zone's calendar, such as 2013-06; event: (n,) microseconds since 1970, UTC."""
    place = ZoneInfo(zone)
    days, inverse = np.unique(event // 3_600_000_000, return_inverse=True)
    named = [datetime.fromtimestamp(int(hour) * 3600, place).strftime("%Y-%m") for hour in days]
    return np.array(named, dtype=object)[inverse]


def _month(outcomes: Outcomes, output: Array, month: str, inside: Array, metrics: Sequence[Metric]) -> Month:
    values = {one.name: one.value(outcomes.y[inside], output[inside]) for one in metrics}
    shown = {name: float(value) if np.isfinite(value) else None for name, value in values.items()}
    return Month(month=month, n=int(inside.sum()), metrics=shown)
