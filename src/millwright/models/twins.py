"""The evaluators that may stand for the family's own: the same trees, read in another way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from numpy.typing import NDArray

from millwright.errors import MillwrightError, PackageRefused, Unavailable
from millwright.models.ensemble import evaluator_of, parts_of, trees_of, with_bits
from millwright.models.evaluator import Evaluator
from millwright.models.lightgbm_text import FILE as LIGHTGBM_FILE
from millwright.models.lightgbm_trees import read_trees
from millwright.models.odd_rows import odd_rows

Array = NDArray[Any]

TWINS: Mapping[str, tuple[str, ...]] = {"lightgbm": ("bits", "onnx"), "ensemble": ("ensemble-bits",)}
"""By the family's own evaluator. Of other models ONNX Runtime needs many operators a row, and is never quicker."""
LIBRARIES = ("lightgbm", "numpy", "onnx", "onnxruntime")
"""On whose versions it depends what can stand for what, and how fast it is."""

MOST_WALKS, FEWEST_ASKED = 8_000_000, 2_000
"""Trees times rows that an evaluator is asked at most while it is compared, which takes a second or two; and the least rows."""


@dataclass(frozen=True, slots=True)
class Twin:
    """An evaluator that is ready to be compared, and the model files that it needs beside the family's."""

    evaluator: Evaluator
    files: Mapping[str, bytes]


def make_twin(name: str, own: str, files: Mapping[str, bytes], features: int) -> Twin | str:
    """The evaluator `name` on the model files of the evaluator `own`; in words why it cannot be had, where it cannot.

    files: by their names, without folders. features: how many the model takes.
    """
    if name not in TWINS.get(own, ()):
        raise PackageRefused(f'"{name}" cannot stand for "{own}"')
    try:
        return _MAKERS[name](own, files, features)
    except (PackageRefused, Unavailable) as error:  # trees of a kind that only LightGBM walks
        return _why(error)


def _bits(_own: str, files: Mapping[str, bytes], _features: int) -> Twin:
    from millwright.models.tree_bits import FILE, TreeBits, written
    from millwright.models.tree_table import tables_of

    tables = tables_of(read_trees(files[LIGHTGBM_FILE]))
    return Twin(TreeBits(tables), {FILE: written(tables)})


def _onnx(own: str, files: Mapping[str, bytes], features: int) -> Twin | str:
    if any(find_spec(library) is None for library in ("onnx", "onnxruntime")):
        return "not installed: pip install 'millwright[onnx]'"
    from millwright.models.onnx_evaluator import FILE, OnnxEvaluator
    from millwright.models.onnx_model import onnx_model

    graph = onnx_model(own, files, features)
    return Twin(OnnxEvaluator(graph), {FILE: graph})


def _ensemble_bits(_own: str, files: Mapping[str, bytes], _features: int) -> Twin:
    from millwright.models.tree_bits import FILE, written
    from millwright.models.tree_table import tables_of

    parts = parts_of(files)
    table = written(tables_of(read_trees(trees_of(parts))))
    return Twin(evaluator_of(with_bits(parts, table)), {FILE: table})


_MAKERS: Mapping[str, Callable[[str, Mapping[str, bytes], int], Twin | str]] = {
    "bits": _bits,
    "onnx": _onnx,
    "ensemble-bits": _ensemble_bits,
}


def hard_rows(own: str, files: Mapping[str, bytes], real: Array, seed: int) -> Array:
    """Rows on which a twin of `own` would show itself, made of its trees and of real rows (n, f): of many trees a part of these
    rows, drawn at random."""
    if own not in TWINS:
        return real[:0]
    trees = read_trees(trees_of(parts_of(files)) if own == "ensemble" else files[LIGHTGBM_FILE])
    return odd_rows(trees, real, seed)[: max(MOST_WALKS // max(len(trees.trees), 1), FEWEST_ASKED)]


def _why(error: MillwrightError) -> str:
    return f"cannot read these trees: {error.what}"
