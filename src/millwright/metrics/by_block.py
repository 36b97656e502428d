"""Metrics of a ranking for many weightings of few blocks at once, without walking down the ranking for each.

What a block has at each place of the ranking does not depend on how often it is drawn, so what all have together is a product
of matrices. The area under the curve is a sum over pairs of rows, so over pairs of blocks.
"""

from collections.abc import Iterator

import numpy as np

from millwright.metrics.metric import Array, Resampled

MOST_BLOCKS = 512
MOST_CELLS = 10_000_000
"""Places of the ranking times blocks: beyond, walking down it takes less memory."""
_AT_ONCE = 300_000
"""Cells of a matrix: those that follow from it are still near at hand then."""
_LEAST = np.finfo(float).tiny


def areas(codes: Array, positive: Array, group: Array, blocks: int) -> Resampled | None:
    """The area under the ROC curve of each weighting, ties counting half; None where there are too many blocks.

    The rows are ranked, the highest output first. codes: the block of each, shape (n,); positive: which are, 1.0 or 0.0; group:
    the number of its group of equal outputs, from 0 on. Weightings are of shape (r, blocks); NaN where one holds no pair.
    """
    if blocks > MOST_BLOCKS:
        return None
    pairs = _pairs(codes, positive, group, blocks)
    positives = np.bincount(codes, weights=positive, minlength=blocks)
    negatives = np.bincount(codes, minlength=blocks) - positives

    def scores(weights: Array) -> Array:
        whole = (weights @ positives) * (weights @ negatives)
        return _ratio(np.einsum("rb,rb->r", weights @ pairs, weights), whole)

    return scores


def precisions(codes: Array, positive: Array, group: Array, blocks: int) -> Resampled | None:
    """The precision at each group, averaged over the positives in it, of each weighting; None where it would take too much
    memory. Arguments as in `areas`; NaN without positives."""
    places = np.unique(group[positive == 1])  # a group without a positive adds nothing
    if not len(places) or len(places) * blocks > MOST_CELLS:
        return None
    found, looked_at = np.empty((blocks, len(places))), np.empty((blocks, len(places)))
    for block, (negatives, positives) in enumerate(_counts(codes, positive, group, blocks)):
        found[block] = np.cumsum(positives)[places]
        looked_at[block] = found[block] + np.cumsum(negatives)[places]
    step = max(1, _AT_ONCE // len(places))

    def some(weights: Array) -> Array:
        so_far = weights @ found
        precision = weights @ looked_at
        np.divide(so_far, np.maximum(precision, _LEAST, out=precision), out=precision)  # nothing of nothing is nothing
        gained = so_far.copy()
        gained[:, 1:] -= so_far[:, :-1]
        return _ratio(np.einsum("rg,rg->r", gained, precision), so_far[:, -1])

    return lambda weights: np.concatenate([some(weights[at : at + step]) for at in range(0, len(weights), step)])


def _pairs(codes: Array, positive: Array, group: Array, blocks: int) -> Array:
    """Of the positives of each block and the negatives of each other, how many pairs are ranked right, ties counting half.

    Shape (blocks, blocks), positives down.
    """
    of, place = codes[positive == 1], group[positive == 1]
    pairs = np.empty((blocks, blocks))
    for block, (negatives, _) in enumerate(_counts(codes, positive, group, blocks)):
        passed = np.cumsum(negatives)
        below = passed[-1] - passed[place] + negatives[place] / 2
        pairs[:, block] = np.bincount(of, weights=below, minlength=blocks)
    return pairs


def _counts(codes: Array, positive: Array, group: Array, blocks: int) -> Iterator[tuple[Array, Array]]:
    """Of each block: how many negatives and positives it has in each group; each shape (groups,)."""
    groups = int(group[-1]) + 1
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=blocks))[:-1]
    for places, kinds in zip(np.split(group[order], ends), np.split(positive[order] == 1, ends), strict=True):
        yield np.bincount(places[~kinds], minlength=groups), np.bincount(places[kinds], minlength=groups)


def _ratio(over: Array, under: Array) -> Array:
    found: Array = np.divide(over, under, out=np.full(len(over), np.nan), where=under > 0)
    return found
