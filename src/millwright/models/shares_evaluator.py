"""Trees whose leaves hold shares of classes, as forests have them: the raw score is the log-odds of the mean share.

A share is kept `floor` away from 0 and 1, of which a logarithm would be infinite. libm's logarithm alone, also for many rows:
NumPy's own may differ in the last bit.
"""

from array import array
from collections.abc import Mapping, Sequence
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.lightgbm_native import LightGBMEvaluator
from millwright.models.model_file import model_record
from millwright.records.record import record

Array = NDArray[Any]

FILE = "shares.json"


@record
class SharesModel:
    """How close to 0 and 1 a share may come."""

    floor: float


class SharesEvaluator:
    """Raw scores of shares: log-odds of the positive class, or the logarithm of each class's share."""

    def __init__(self, model: SharesModel, trees: LightGBMEvaluator) -> None:
        """trees: they give the share of the positive class, or of each class. Raises PackageRefused for an odd floor."""
        if not 0.0 < model.floor < 0.5:
            raise PackageRefused("a floor of shares lies between 0 and 0.5", where=FILE)
        self._low, self._high = model.floor, 1.0 - model.floor
        self._trees = trees
        self.width, self.together_from = trees.width, trees.together_from

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "SharesEvaluator":
        """From the files of a fitted model. Raises PackageRefused."""
        return cls(model_record(files, FILE, SharesModel), LightGBMEvaluator.load(files))

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        return self._scores(self._trees.row(vector))

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f). Raises ValueError for another width."""
        shares = self._trees.batch(X)
        return np.array(list(map(self._scores, shares.tolist())), np.float64).reshape(shares.shape)

    def contributions(self, X: Array) -> Array:
        """What each feature adds to the shares, scaled so that it adds up to the raw score; see Explains.

        The rescale rule of DeepLIFT (Shrikumar et al. 2017): the logarithm passes on as much a unit as it rises between the
        share of the base and that of the row.
        """
        parts = self._trees.contributions(X)
        bases, shares = parts[:, :, -1], parts.sum(axis=2)
        low, high = self._batch(bases), self._batch(shares)
        apart = shares - bases
        level = apart == 0.0
        parts[:, :, :-1] *= ((high - low) / np.where(level, 1.0, apart))[:, :, None]
        parts[:, :, -1] = low
        return parts

    def used(self) -> frozenset[int]:
        """The features that the trees ask for; see Explains."""
        return self._trees.used()

    def _batch(self, shares: Array) -> Array:
        return np.array(list(map(self._scores, shares.tolist())), np.float64).reshape(shares.shape)

    def _scores(self, shares: Sequence[float]) -> list[float]:
        kept = [min(max(share, self._low), self._high) for share in shares]
        if len(kept) == 1:
            return [log(kept[0] / (1.0 - kept[0]))]
        return [log(share) for share in kept]
