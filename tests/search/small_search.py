"""A search on few rows, as the tests of this room begin it."""

from typing import NamedTuple

import numpy as np

from millwright.records.modelling import Candidate, Trial
from millwright.records.spec import SplitSpec
from millwright.search.bench import SearchProgress
from millwright.search.folds import make_folds, make_split
from millwright.stores.blob_memory import MemoryBlobs

IN_THE_SPEC = ("trials", "ensemble", "memory", "executor", "workers", "ray_address", "price_per_hour", "max_cost")
"""What a test says of a search that stands in its spec."""


class Searched(NamedTuple):
    """What a search ended with, and what it said on its way."""

    candidate: Candidate
    trials: dict[int, Trial]
    blobs: MemoryBlobs
    told: list[SearchProgress]

    @property
    def files(self) -> dict[str, bytes]:
        """The model's files, read."""
        return {name: self.blobs.get(digest) for name, digest in self.candidate.files.items()}


def three_folds(problem):
    """All rows of a problem in three folds."""
    split, assignment = make_split(SplitSpec(holdout=0.1, folds=3), y=problem.y, stratifies=True, blobs=MemoryBlobs())
    return make_folds(np.where(assignment > 0, assignment, 1).astype(np.int8), split)
