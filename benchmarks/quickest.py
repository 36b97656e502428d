"""The evaluator that trees are packed with: LightGBM itself, or the same trees as bits, chosen as `mw train` chooses."""

from collections.abc import Mapping
from typing import Any

from millwright.evaluate.evaluators import Contestant, choose
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.twins import Twin, hard_rows, make_twin

OWN = "lightgbm"


def quickest(model: Mapping[str, bytes], X: Any) -> tuple[str, Evaluator]:
    """Its name, and itself. model: the files of a fitted model, by any paths. X: features to measure with."""
    files = {path.rpartition("/")[2]: content for path, content in model.items()}
    twin = make_twin("bits", OWN, files, X.shape[1])
    found = {OWN: load_evaluator(OWN, files)} | ({"bits": twin.evaluator} if isinstance(twin, Twin) else {})
    own, *twins = (Contestant(name, evaluator) for name, evaluator in found.items())
    name = next(one.name for one in choose(own, twins, X, hard_rows(OWN, files, X, 1)) if one.chosen)
    return name, found[name]
