"""From raw scores to calibrated outputs: one row or many, the same to the bit.

Only plus, minus, times, divide and libm's `exp` (for a batch as well, through the links of the tasks) are used: NumPy's own
`exp` may differ in the last bit by processor and by the length of the array.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import frexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.records.modelling import Calibrator
from millwright.tasks.link import mean_of_log, sigmoid, sigmoids, softmax, softmaxes, stepped

Array = NDArray[Any]
RowOutput = Callable[[Sequence[float]], list[float]]
_HALF = 0.5
"""What frexp gives of a power of two."""


def row_output(calibrator: Calibrator, width: int) -> RowOutput:
    """A function from the raw scores of one row (length width) to its output: width probabilities, or one number.

    identity: output = raw. sigmoid: 1 / (1 + exp(-(a raw + b))) with a, b of length 1 (default 1 and 0). softmax: of
    a_k raw_k + b_k with a, b of length width (default 1 and 0). exp: of a raw + b.
    isotonic: linear between the points (x, y), flat outside.
    Raises PackageRefused where the calibrator does not fit the width.
    """
    _fits(calibrator, width)
    return _ROW[calibrator.kind](calibrator, width)


def outputs(calibrator: Calibrator, raw: Array) -> Array:
    """The outputs of raw scores of shape (n, width): shape (n,) for width 1, else (n, width); see `row_output`."""
    width = raw.shape[1]
    _fits(calibrator, width)
    with np.errstate(all="ignore"):  # infinities go through both paths alike
        many = _BATCH[calibrator.kind](calibrator, raw)
    return many[:, 0] if width == 1 else many


def _identity_row(_: Calibrator, __: int) -> RowOutput:
    return list


def _sigmoid_row(calibrator: Calibrator, _: int) -> RowOutput:
    (a,), (b,) = _slopes(calibrator, 1), _offsets(calibrator, 1)
    step = calibrator.step
    return lambda raw: [sigmoid(stepped(a * raw[0] + b, step))]


def _exp_row(calibrator: Calibrator, _: int) -> RowOutput:
    (a,), (b,), step = _slopes(calibrator, 1), _offsets(calibrator, 1), calibrator.step
    return lambda raw: [mean_of_log(stepped(a * raw[0] + b, step))]


def _softmax_row(calibrator: Calibrator, width: int) -> RowOutput:
    a, b = _slopes(calibrator, width), _offsets(calibrator, width)
    return lambda raw: softmax([a[k] * raw[k] + b[k] for k in range(width)])


def _isotonic_row(calibrator: Calibrator, _: int) -> RowOutput:
    x, y = calibrator.x, calibrator.y
    last = len(x) - 1

    def output(raw: Sequence[float]) -> list[float]:
        score = raw[0]
        if not score > x[0]:
            return [y[0]]
        if score >= x[last]:
            return [y[last]]
        i = bisect_right(x, score) - 1
        return [y[i] + (y[i + 1] - y[i]) * ((score - x[i]) / (x[i + 1] - x[i]))]

    return output


def _identity_batch(_: Calibrator, raw: Array) -> Array:
    return raw


def _sigmoid_batch(calibrator: Calibrator, raw: Array) -> Array:
    (a,), (b,) = _slopes(calibrator, 1), _offsets(calibrator, 1)
    return sigmoids(_stepped(a * raw + b, calibrator.step).ravel())[:, None]


def _exp_batch(calibrator: Calibrator, raw: Array) -> Array:
    (a,), (b,) = _slopes(calibrator, 1), _offsets(calibrator, 1)
    z = _stepped(a * raw + b, calibrator.step).ravel().tolist()
    return np.fromiter(map(mean_of_log, z), np.float64, len(z))[:, None]


def _stepped(z: Array, step: float) -> Array:
    return np.floor(z / step) * step if step else z


def _softmax_batch(calibrator: Calibrator, raw: Array) -> Array:
    width = raw.shape[1]
    scores = np.array(_slopes(calibrator, width)) * raw + np.array(_offsets(calibrator, width))
    return softmaxes(scores)


def _isotonic_batch(calibrator: Calibrator, raw: Array) -> Array:
    x, y = np.array(calibrator.x), np.array(calibrator.y)
    score = np.where(raw > x[0], np.minimum(raw, x[-1]), x[0])
    i = np.clip(np.searchsorted(x, score, side="right") - 1, 0, len(x) - 2)
    between = y[i] + (y[i + 1] - y[i]) * ((score - x[i]) / (x[i + 1] - x[i]))
    calibrated: Array = np.where(score >= x[-1], y[-1], np.where(score <= x[0], y[0], between))
    return calibrated


def _slopes(calibrator: Calibrator, width: int) -> tuple[float, ...]:
    return calibrator.a or (1.0,) * width


def _offsets(calibrator: Calibrator, width: int) -> tuple[float, ...]:
    return calibrator.b or (0.0,) * width


def _fits(calibrator: Calibrator, width: int) -> None:
    lengths = {len(calibrator.a), len(calibrator.b)}
    if calibrator.step and (calibrator.step < 0.0 or frexp(calibrator.step)[0] != _HALF):
        raise PackageRefused(f"the calibrator's step of {calibrator.step} is no power of two")
    if calibrator.kind in ("sigmoid", "isotonic", "exp") and width != 1:
        raise PackageRefused(f"a {calibrator.kind} calibrator takes one raw score, the model gives {width}")
    if calibrator.kind in ("sigmoid", "softmax", "exp") and not lengths <= {0, width}:
        raise PackageRefused(f"the calibrator has {max(lengths)} parameters for {width} raw scores")
    if calibrator.kind == "isotonic" and not _rises(calibrator):
        raise PackageRefused("an isotonic calibrator needs two or more points, x rising, and as many y")


def _rises(calibrator: Calibrator) -> bool:
    x = calibrator.x
    return len(x) >= 2 and len(x) == len(calibrator.y) and all(a < b for a, b in pairwise(x))


_ROW = {"identity": _identity_row, "sigmoid": _sigmoid_row, "softmax": _softmax_row, "isotonic": _isotonic_row, "exp": _exp_row}
_BATCH = {
    "identity": _identity_batch,
    "sigmoid": _sigmoid_batch,
    "softmax": _softmax_batch,
    "isotonic": _isotonic_batch,
    "exp": _exp_batch,
}
