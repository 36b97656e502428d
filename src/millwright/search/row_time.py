"""How long an answer to one row takes: estimated from what a model consists of, the same on every machine; or measured.

The estimate stands where fits are counted and not seconds, so that the same inputs give the same choice. Its constants are
medians of one core of a server of 2023, over tables of 10 to 150 columns: trees by count and depth, linear models by features,
networks by weights.
"""

import math
import re
import time
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.evaluator import Evaluator
from millwright.models.lightgbm_text import FILE as TREES
from millwright.models.linear_evaluator import FILE as TERMS
from millwright.search.goal import slowest

Array = NDArray[Any]

_CALL, _LEVEL = 1.8, 0.0115
"""Microseconds of asking trees at all, and for each level of each tree."""
_CACHE = 7_500_000
"""Bytes of trees from about which on they no longer lie near the processor."""
_TERM, _NET_CALL, _WEIGHT_BYTE, _BYTE = 0.12, 50.0, 4e-5, 2e-5
_LEAVES = re.compile(rb"\nnum_leaves=(\d+)")
_ROWS, _REPEATS = 500, 3


def estimated_us(files: Mapping[str, bytes]) -> float:
    """Microseconds of one row, from the files of a model."""
    size = sum(map(len, files.values()))
    if TREES in files:
        levels = sum(math.log2(max(int(count), 2)) for count in _LEAVES.findall(files[TREES]))
        return _CALL + _LEVEL * levels * (1.0 + (size / _CACHE) ** 2)
    if TERMS in files:
        return _CALL / 2 + _TERM * files[TERMS].count(b'"missing"')
    if any(name.endswith(".npz") for name in files):
        return _NET_CALL + _WEIGHT_BYTE * size
    return _CALL + _BYTE * size


def measured_p99_us(evaluator: Evaluator, X: Array) -> float:
    """The 99th percentile of microseconds of one row, over up to 500 rows of X (n, f), each asked three times."""
    vectors = [array("d", row) for row in X[:_ROWS].tolist()]
    took = np.empty((_REPEATS, len(vectors)))
    for repeat in range(_REPEATS):
        for place, vector in enumerate(vectors):
            began = time.perf_counter_ns()
            evaluator.row(vector)
            took[repeat, place] = (time.perf_counter_ns() - began) / 1_000
    return slowest(took)
