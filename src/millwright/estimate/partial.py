"""Labels that come for one side of the decisions only: what was not acted on, nobody knows how it would have come out."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

ONE_SIDED = 0.05
"""One side has labels at less than this part of the other's rate."""
FEWEST = 50


def one_sided(acted: Array, labelled: Array) -> Literal["acted", "not_acted"] | None:
    """The side whose labels come, where those of the other do not; None where both do or too little is known.

    acted, labelled: shape (n,), of predictions old enough to have their labels.
    """
    if min(int(acted.sum()), int((~acted).sum())) < FEWEST or labelled.sum() < FEWEST:
        return None
    rates = {"acted": float(np.mean(labelled[acted])), "not_acted": float(np.mean(labelled[~acted]))}
    if rates["not_acted"] < ONE_SIDED * rates["acted"]:
        return "acted"
    return "not_acted" if rates["acted"] < ONE_SIDED * rates["not_acted"] else None
