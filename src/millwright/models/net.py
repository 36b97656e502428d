"""A small neural network on tables, in the manner of RealMLP, trained in NumPy alone.

Holzmüller, Grinsztajn & Steinwart 2024, "Better by default: strong pre-tuned MLPs and boosted trees on tabular data"
(arXiv 2407.04491): its inputs, parametrisation, settings and schedule, without label smoothing, since probabilities have to be
calibrated, and judged by the loss on the rows to validate on. Sums of one thread: the same problem gives the same bytes.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.mapped import drop_pages
from millwright.errors import DataRefused
from millwright.models.boosting import check_rows
from millwright.models.family import Fitted, Problem
from millwright.models.net_export import exported, shares
from millwright.models.net_file import FILE, NetLayer, NetModel, written
from millwright.models.net_inputs import Inputs, learnt_inputs
from millwright.models.net_layers import Network, begun
from millwright.models.net_schedule import Schedule, scheduled
from millwright.models.net_training import Rows, Training
from millwright.records.spec import SEVERAL, VALUES, Scalar

Array = NDArray[Any]

CELLS = 5_000_000
"""The most numbers that are kept in memory: rows beyond are left out, evenly by chance."""
VALID_ROWS = 20_000
"""The most rows that an epoch is judged on, at equal steps."""
HIDDEN = 3
_BEGUN_ON = 1_000
_ABSENT = -20.0
_FAR = 1e6
_LEAST_MEAN = 1e-6
_MARGIN = 0.1
_LARGEST = 1e100


class NetFamily:
    """A network of three hidden layers.

    params: num_iterations (64; the epochs that the schedule is planned for), units (128; of each hidden layer), pieces (48; of
    each number), batch_rows (256), epoch_rows (50,000; an epoch of more rows goes on in the next one), learning_rate (0.04; of
    values 0.07), dropout (0.15), weight_decay (0.02); num_threads and early_stopping_rounds are ignored. A refit for as many
    epochs as were best goes through the whole schedule in these: it ends at rest.
    """

    name = "net"
    honours = frozenset(("weight", "count"))

    def fit(
        self,
        problem: Problem,
        params: Mapping[str, Scalar],
        *,
        valid: Problem | None,
        seed: int,
        keep_going: Callable[[], bool],
    ) -> Fitted:
        """Train until the plan is done, `valid` gets no better, or the deadline has come; the best epoch on `valid` is kept.

        Raises DataRefused: no rows, no features, one class only, settings that are none, or no convergence.
        """
        from threadpoolctl import threadpool_limits

        check_rows(problem)
        plan = _Target(problem)
        schedule = scheduled(params, values=problem.task == "regression")
        rng = np.random.default_rng(seed)
        chosen = _sampled(problem, rng)
        inputs = learnt_inputs(chosen.X, problem.categorical, schedule.pieces)
        rows = plan.rows(chosen, inputs)
        drop_pages(problem.X)
        checked = plan.rows(_known(valid, plan), inputs) if valid is not None else None
        checked = checked if checked is not None and len(checked.y) else None
        with threadpool_limits(1, "blas"):
            network = _begun(rows, schedule, plan, inputs, rng)
            training = Training(network, problem.task, schedule, rng)
            training.run(rows, checked, keep_going)
            importance = shares(network, rows, problem.features)
        model = plan.spread(exported(network, rows, len(problem.features), plan.outputs))
        return Fitted({FILE: written(model)}, evaluator="net", iterations=max(training.best_epoch, 1), importance=importance)


class _Target:
    """What a network learns of the target: values without their mean and spread, counts, or codes of the classes that
    there are."""

    def __init__(self, problem: Problem) -> None:
        self._task, self._classes = problem.task, problem.classes
        self.outputs = np.array([1.0, 0.0, -_FAR, _FAR])
        if problem.task == "regression":
            self.outputs = _standard(problem.y)
            self.biases = np.zeros(1)
            return
        if problem.task == "count":
            self.biases = np.array([math.log(max(float(np.average(problem.y, weights=problem.weight)), _LEAST_MEAN))])
            return
        counts = np.bincount(problem.y.astype(np.int64), problem.weight, problem.classes)
        self.present = np.flatnonzero(counts)
        if len(self.present) < 2:
            raise DataRefused("a network needs rows of two classes or more")
        logs = np.log(counts[self.present] / counts.sum())
        self.biases = logs if problem.task in SEVERAL else logs[1:] - logs[:1]

    def rows(self, problem: Problem, inputs: Inputs) -> Rows:
        """The rows of a problem as they are kept."""
        if self._task == "regression":
            y = (problem.y - self.outputs[1]) / self.outputs[0]
        elif self._task == "count":
            y = problem.y
        else:
            y = np.searchsorted(self.present, problem.y)
        scaled = inputs.scaled(problem.X).astype(np.float32)
        weight = None if problem.weight is None else problem.weight.astype(np.float32)
        return Rows(inputs, scaled, inputs.places(problem.X), y.astype(np.float32), weight)

    def spread(self, model: NetModel) -> NetModel:
        """The model's outputs laid out over all classes: one without rows has a score that is always low."""
        if self._task not in SEVERAL or len(self.present) == self._classes:
            return model
        last = model.layers[-1]
        weights = np.zeros((self._classes, last.weights.shape[1]), np.int32)
        biases = np.full(self._classes, _ABSENT)
        weights[self.present], biases[self.present] = last.weights, last.biases
        return replace(model, layers=(*model.layers[:-1], NetLayer(weights, last.exponent, biases)))


def _standard(y: Array) -> Array:
    """Spread, mean, and the range of the target with a margin on both sides."""
    low, high = float(y.min()), float(y.max())
    if max(-low, high) > _LARGEST:
        raise DataRefused("a network cannot learn values this large")
    margin = _MARGIN * (high - low)
    return np.array([float(y.std()) or 1.0, float(y.mean()), low - margin, high + margin])


def _known(valid: Problem, plan: _Target) -> Problem:
    """Rows to judge by, of the classes that can be learnt."""
    kept = np.arange(0, len(valid.y), max(len(valid.y) // VALID_ROWS, 1))
    if valid.task not in VALUES:
        kept = kept[np.isin(valid.y[kept], plan.present)]
    return valid.of(kept)


def _sampled(problem: Problem, rng: np.random.Generator) -> Problem:
    most = max(CELLS // problem.X.shape[1], 1_000)
    if len(problem.y) <= most:
        return problem
    chosen = np.sort(rng.choice(len(problem.y), most, replace=False))
    return problem.of(chosen)


def _begun(rows: Rows, schedule: Schedule, plan: _Target, inputs: Inputs, rng: np.random.Generator) -> Network:
    """A network that gives every row the shares of the classes, or the mean; levels without rows add nothing."""
    sizes = (rows.width, *(schedule.units,) * HIDDEN, len(plan.biases))
    network = begun(sizes, rows.inputs(rng.permutation(len(rows.y))[:_BEGUN_ON]), rng)
    seen = np.bincount(rows.places.ravel(), minlength=inputs.coded + 1) > 0
    network.parameters.layers[0].weights[inputs.dense :][~seen] = 0.0
    network.parameters.layers[-1].biases[:] = plan.biases
    return network
