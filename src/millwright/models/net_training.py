"""Training a network on rows in memory: mini-batches, Adam, the best epoch kept."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.net_inputs import Inputs
from millwright.models.net_layers import Network
from millwright.models.net_schedule import Schedule
from millwright.records.spec import SEVERAL, TaskName

Array = NDArray[Any]

_MEAN, _SQUARE = np.float32(0.9), np.float32(0.95)
_TINY = np.float32(1e-8)
_CHUNK = 2_048
_HIGHEST = np.float32(30.0)
SCALING, WEIGHTS, BIASES = 6.0, 1.0, 0.1
"""What the learning rate is multiplied by for the scaling of inputs, for weights and for biases (RealMLP)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as they are kept: scaled numbers, float32 (n, p), places (n, q) of levels, the target, float32 (n,), and how much
    each counts (None: all alike)."""

    learnt: Inputs
    scaled: Array
    places: Array
    y: Array
    weight: Array | None = None

    def weighed(self, each: Array, chosen: Array | slice) -> Array:
        """What is worked out of some rows, each (n,) or (n, k), times their weights."""
        if self.weight is None:
            return each
        weight = self.weight[chosen]
        return each * (weight if each.ndim == 1 else weight[:, None])

    @property
    def width(self) -> int:
        """Inputs of the network: numbers, levels, and one for levels never seen."""
        return self.learnt.dense + self.learnt.coded + 1

    def inputs(self, chosen: Array | slice) -> Array:
        """The inputs, float32 (n, width), of some rows: a 1 at the place of each level."""
        values, places = self.learnt.values(self.scaled[chosen]), self.places[chosen]
        made = np.zeros((len(values), self.width), np.float32)
        made[:, : values.shape[1]] = values
        np.put_along_axis(made, places + values.shape[1], np.float32(1.0), axis=1)
        return made


class Adam:
    """Steps down a gradient (Kingma & Ba 2015), with decay apart from it (Loshchilov & Hutter 2019)."""

    def __init__(self, network: Network, schedule: Schedule) -> None:
        parameters = network.parameters
        self._vector, self._gradient = parameters.vector, network.gradient.vector
        self._rates = parameters.spread(SCALING, WEIGHTS, BIASES) * np.float32(schedule.rate)
        self._decay = parameters.spread(SCALING, WEIGHTS, 0.0) * np.float32(schedule.rate * schedule.decay)
        self._mean, self._square = np.zeros_like(self._vector), np.zeros_like(self._vector)
        self._step, self._work = 0, np.empty_like(self._vector)

    def step(self, rate: float, decay: float) -> None:
        """One step, at these shares of the learning rate and of the decay."""
        self._step += 1
        gradient, work = self._gradient, self._work
        self._mean *= _MEAN
        self._mean += np.multiply(gradient, 1.0 - _MEAN, out=work)
        self._square *= _SQUARE
        np.multiply(gradient, gradient, out=work)
        work *= 1.0 - _SQUARE
        self._square += work
        np.sqrt(self._square, out=work)
        work *= np.float32((1.0 - float(_SQUARE) ** self._step) ** -0.5)
        work += _TINY
        np.divide(self._mean, work, out=work)
        work *= self._rates
        work *= np.float32(rate / (1.0 - float(_MEAN) ** self._step))
        if decay:
            self._vector *= 1.0 - np.float32(rate * decay) * self._decay
        self._vector -= work


def slope_of(outputs: Array, y: Array, task: TaskName) -> Array:
    """The slope of the mean loss by the raw outputs (n, k): log loss, half the squared error, or Poisson's."""
    if task in SEVERAL:
        shares = _softmax(outputs)
        shares[np.arange(len(y)), y.astype(np.intp)] -= 1.0
    else:
        told = _LINKS[task](outputs[:, 0])
        shares = (told - y)[:, None]
    shares *= np.float32(1.0 / len(y))
    return shares


def _mean(scores: Array) -> Array:
    """The mean of counts, of its logarithm; beyond _HIGHEST it goes no higher."""
    found: Array = np.exp(np.minimum(scores, _HIGHEST))
    return found


_LINKS: Mapping[TaskName, Callable[[Array], Array]] = {
    "regression": lambda scores: scores,
    "binary": lambda scores: np.asarray(1.0 / (1.0 + np.exp(np.minimum(-scores, 80.0)))),
    "count": _mean,
}


def losses(outputs: Array, y: Array, task: TaskName) -> Array:
    """The loss of each row, shape (n,)."""
    if task == "regression":
        return np.asarray(0.5 * np.square(outputs[:, 0] - y))
    if task == "count":
        return np.asarray(_mean(outputs[:, 0]) - y * outputs[:, 0])
    if task == "binary":
        signed = np.where(y > 0.5, -outputs[:, 0], outputs[:, 0])
        return np.logaddexp(np.float32(0.0), signed)
    highest = outputs.max(axis=1)
    told: Array = np.log(np.exp(outputs - highest[:, None]).sum(axis=1)) + highest
    return told - outputs[np.arange(len(y)), y.astype(np.intp)]


def _softmax(outputs: Array) -> Array:
    shares: Array = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


class Training:
    """One fit. After `run` the network is the best that was seen: on `valid`, or without it the one where the fit ended."""

    def __init__(self, network: Network, task: TaskName, schedule: Schedule, rng: np.random.Generator) -> None:
        self._network, self._task, self._schedule, self._rng = network, task, schedule, rng
        self._adam = Adam(network, schedule)
        self._best, self._best_loss = network.parameters.vector.copy(), float("inf")
        self.best_epoch = 0

    def run(self, rows: Rows, valid: Rows | None, keep_going: Callable[[], bool]) -> None:
        """Train until the plan is done, a cycle ends no better than the one before, or the deadline has come."""
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # what does not converge is refused afterwards, or an epoch before it kept
            self._run(rows, valid, keep_going)
        if self.best_epoch:
            self._network.parameters.vector[:] = self._best

    def _run(self, rows: Rows, valid: Rows | None, keep_going: Callable[[], bool]) -> None:
        schedule, before = self._schedule, float("inf")
        batches = _batches(len(rows.y), schedule, self._rng)
        for epoch in range(schedule.epochs):
            if not self._epoch(epoch, rows, batches, keep_going) or not self._judge(epoch + 1, valid, keep_going):
                break
            if epoch + 1 in schedule.ends:
                if valid is not None and self._best_loss >= before:
                    break
                before = self._best_loss

    def _epoch(self, epoch: int, rows: Rows, batches: Iterator[Array], keep_going: Callable[[], bool]) -> bool:
        """One epoch; false where the deadline came in it."""
        schedule, steps = self._schedule, _steps(len(rows.y), self._schedule)
        for step in range(steps):
            at, chosen = epoch + step / steps, next(batches)
            held = schedule.held(at)
            outputs = self._network.trained(rows.inputs(chosen), schedule.drop * held, self._rng)
            self._network.descend(rows.weighed(slope_of(outputs, rows.y[chosen], self._task), chosen))
            self._adam.step(schedule.rate_at(at + 0.5 / steps), held)
            if not keep_going():
                return False
        return True

    def _judge(self, epochs: int, valid: Rows | None, keep_going: Callable[[], bool]) -> bool:
        """Keep the network where it is the best so far; false where the deadline came meanwhile."""
        if valid is None:
            if epochs in self._schedule.ends:
                self._keep(epochs, 0.0)
            return True
        total = 0.0
        for start in range(0, len(valid.y), _CHUNK):
            part = slice(start, start + _CHUNK)
            each = losses(self._network.outputs(valid.inputs(part)), valid.y[part], self._task)
            total += float(valid.weighed(each, part).sum(dtype=np.float64))
            if not keep_going():
                return False
        if total < self._best_loss:
            self._keep(epochs, total)
        return True

    def _keep(self, epochs: int, loss: float) -> None:
        self._best[:] = self._network.parameters.vector
        self._best_loss, self.best_epoch = loss, epochs


def _steps(rows: int, schedule: Schedule) -> int:
    return max(min(rows, schedule.epoch_rows) // schedule.batch, 1)


def _batches(rows: int, schedule: Schedule, rng: np.random.Generator) -> Iterator[Array]:
    """Rows in a new order each time all have been seen, `batch` at a time; what is left over comes another time."""
    size = min(schedule.batch, rows)
    while True:
        order = rng.permutation(rows)
        for start in range(0, rows - size + 1, size):
            yield order[start : start + size]
