"""The online evaluator of a payload: from feature vectors to raw scores, one row or many, to the bit the same."""

from array import array
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from millwright.errors import PackageRefused, nearest


class Evaluator(Protocol):
    """Raw scores from float64 feature vectors."""

    width: int
    """Raw scores a row."""
    together_from: int
    """From so many rows on, one batch is quicker than one call a row."""

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; `vector` is an array('d') of all features."""

    def batch(self, X: NDArray[Any]) -> NDArray[Any]:
        """Raw scores of many rows: float64, shape (n, width), equal to `row` of each row to the bit."""


def load_evaluator(name: str, files: Mapping[str, bytes]) -> Evaluator:
    """The evaluator `name` on the files of a fitted model, found by the last part of their path.

    Raises PackageRefused: no such evaluator, a file is missing, or it does not hold a model. A damaged LightGBM model that
    gets past the checks may abort the process: load in a child first.
    """
    loader = _LOADERS.get(name)
    if loader is None:
        raise PackageRefused(f'no evaluator is called "{name}"', fix=nearest(name, _LOADERS))
    return loader({path.rpartition("/")[2]: content for path, content in files.items()})


def _constant(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.constant import ConstantEvaluator

    return ConstantEvaluator.load(files)


def _linear(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.linear_evaluator import LinearEvaluator

    return LinearEvaluator.load(files)


def _lightgbm(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.lightgbm_native import LightGBMEvaluator

    return LightGBMEvaluator.load(files)


def _bits(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.tree_bits import TreeBits

    return TreeBits.load(files)


def _onnx(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.onnx_evaluator import OnnxEvaluator

    return OnnxEvaluator.load(files)


def _imported(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.imported import ImportedEvaluator

    return ImportedEvaluator.load(files)


def _net(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.net_evaluator import NetEvaluator

    return NetEvaluator.load(files)


def _shares(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.shares_evaluator import SharesEvaluator

    return SharesEvaluator.load(files)


def _ensemble(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.ensemble import load_ensemble

    return load_ensemble(files)


def _ensemble_bits(files: Mapping[str, bytes]) -> Evaluator:
    from millwright.models.ensemble import load_with_bits

    return load_with_bits(files)


_LOADERS: Mapping[str, Callable[[Mapping[str, bytes]], Evaluator]] = {
    "constant": _constant,
    "linear": _linear,
    "lightgbm": _lightgbm,
    "bits": _bits,
    "onnx": _onnx,
    "imported": _imported,
    "net": _net,
    "shares": _shares,
    "ensemble": _ensemble,
    "ensemble-bits": _ensemble_bits,
}
