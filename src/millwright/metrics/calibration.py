"""How far stated probabilities are from shares that came true."""

import numpy as np

from millwright.metrics.additive import Finish, additive
from millwright.metrics.metric import Array

BINS = 15


def equal_mass_bins(output: Array, bins: int) -> Array:
    """The bin of each row, shape (n,), codes 0..bins-1 in order of output; equal outputs share a bin, none may be empty.

    Bins hold about n / bins rows each; fewer bins come back where ties or few rows leave no more.
    """
    order = np.argsort(output, kind="stable")
    ordered = output[order]
    first = np.searchsorted(ordered, ordered, side="left")
    wanted = first * bins // max(len(output), 1)
    codes = np.empty(len(output), dtype=np.int64)
    codes[order] = np.unique(wanted, return_inverse=True)[1]
    return codes


def confidence(y: Array, output: Array) -> tuple[Array, Array]:
    """Binary: the probability of the positive class and whether it came true. More classes: of the most probable one."""
    if output.ndim == 1:
        return output, y
    return output.max(axis=1), (output.argmax(axis=1) == y).astype(float)


def _calibration_error(y: Array, output: Array) -> tuple[Array, Finish]:
    said, true = confidence(y, output)
    bins = equal_mass_bins(said, BINS)
    gaps = np.zeros((len(said), BINS))
    gaps[np.arange(len(said)), bins] = said - true
    return gaps, lambda sums, total: np.abs(sums).sum(axis=1) / total


calibration_error = additive("calibration_error", "min", "Calibration error", _calibration_error)
"""Expected calibration error: mean |stated probability - share that came true| over 15 bins of equal numbers of rows.

Source: Naeini, Cooper & Hauskrecht (2015), with equal-mass bins (Nixon et al. 2019), which are less biased. It is never quite
0 on finite data: noise within bins adds up.
"""
