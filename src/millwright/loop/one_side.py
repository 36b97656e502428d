"""Labels that come for one side of the decisions alone, as where nobody learns how a refused loan would have gone: no figure of
them is one of all rows."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.estimate.partial import FEWEST, ONE_SIDED, one_sided
from millwright.loop.opened import Model
from millwright.loop.quality import truth_and_output
from millwright.loop.workshop import Workshop
from millwright.predictions.rows import answers_of
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.traffic import Window
from millwright.tasks.registry import task

Array = NDArray[Any]
Side = Literal["acted", "not_acted"]

NEARLY_ALL = 0.95
"""Where more of the rows than this have labels, no side of them lacks any."""
ASKED = 20_000
"""Answers that are read where labels seem to be of one side, at equal steps in time."""
SAID = {
    "acted": "quality: labels come only for what was acted on, so no figure of them is held against what was promised for all",
    "not_acted": "quality: labels come only for what was not acted on, so none is held against what was promised for all",
}


def side_of_labels(shop: Workshop, model: Model, mature: Window, rows: dict[str, Array]) -> Side | None:
    """The side whose labels come where those of the other do not; None where both do, or too few are known.

    mature: of predictions that are old enough; rows: those of them that have labels. Others are read only where these are all
    of one side. Raises Unavailable.
    """
    threshold = model.payload.info.threshold
    if threshold is None or mature.labelled < FEWEST or mature.labelled > NEARLY_ALL * mature.predictions:
        return None
    said = truth_and_output(model.payload, rows)[1]
    if said.ndim > 1 or ONE_SIDED < float(np.mean(said >= threshold)) < 1 - ONE_SIDED:
        return None
    wanted = Wanted(columns=("output", "label_known_at"), sample=ASKED)
    _, found = window(Logs.of(shop.home.root), shop.project, mature.start, mature.end, as_of=shop.clock.now(), wanted=wanted)
    kind, info = task(model.payload.info.task), model.payload.info
    every = kind.outputs_of(answers_of(found["output"]), info)
    return one_sided(every >= threshold, found["label_known_at"] != MISSING_DATE)
