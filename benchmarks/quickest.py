"""The evaluator that trees are packed with: LightGBM itself, or the same trees as bits, chosen as `mw train` chooses."""

from collections.abc import Mapping
from typing import Any

from millwright.evaluate.evaluators import Contestant, choose
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.twins import Twin, hard_rows, make_twin

OWN = "lightgbm"


def quickest(model: Mapping[str, bytes], X: Any) -> tuple[str, Evaluator, Mapping[str, bytes]]:
    """Its name, itself, and the files that it needs besides. model: a fitted model's files. X: features to measure with.

    Raises RuntimeError where a bit differs.
    """
    files = {path.rpartition("/")[2]: content for path, content in model.items()}
    twin = make_twin("bits", OWN, files, X.shape[1])
    found = {OWN: load_evaluator(OWN, files)} | ({"bits": twin.evaluator} if isinstance(twin, Twin) else {})
    own, *twins = (Contestant(name, evaluator) for name, evaluator in found.items())
    measured = choose(own, twins, X, hard_rows(OWN, files, X, 1))
    if not all(one.equal for one in measured):
        raise RuntimeError(f"not the same bits: {measured}")
    name = next(one.name for one in measured if one.chosen)
    return name, found[name], twin.files if isinstance(twin, Twin) and name != OWN else {}
