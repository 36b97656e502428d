"""How complete labels are after a time: learnt from a log in which the youngest predictions have not had that time yet.

How many labels come at all by an age is the product-limit estimate, a prediction without a label being censored at its age
(Kaplan & Meier 1958). Whether those of one outcome come later than those of another cannot be had that way, since the
outcome is not known before the label: of labelled rows alone, each truncated at its age, the same product is taken in
reverse time (Lagakos, Barraj & De Gruttola, Biometrika 75, 1988; Kalbfleisch & Lawless 1989). It says what share of the
labels that an outcome has by the longest age had come by a shorter one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

STEPS = 50
FEWEST_AT_RISK = 20


@dataclass(frozen=True, slots=True)
class Curve:
    """The share told by each age: `share` from `at` on, both (k,); `low` and `high` at 95 %; 0 before the first."""

    at: Array
    share: Array
    low: Array
    high: Array

    def told_by(self, ages: Array) -> Array:
        """The share told by each of `ages`, shape as given."""
        return np.concatenate([[0.0], self.share])[np.searchsorted(self.at, ages, side="right")]

    def age_of(self, share: float) -> float | None:
        """The age by which a share of those told by the longest age was told; None where there is none."""
        if not len(self.share) or self.share[-1] <= 0:
            return None
        return float(self.at[np.flatnonzero(self.share >= share * self.share[-1])[0]])


def steps_of(delays: Array) -> Array:
    """Ages at which curves step, shape (k,): quantiles of the delays that were seen. delays: NaN where no label has come."""
    seen = delays[np.isfinite(delays)]
    return np.unique(np.quantile(seen, np.linspace(0, 1, STEPS), method="higher")) if len(seen) else np.zeros(0)


def told_curve(delays: Array, ages: Array, at: Array) -> Curve:
    """The share of predictions that have a label by each age of `at`, whatever it says. delays: shape (n,), NaN where no
    label has come by the prediction's age; ages: shape (n,)."""
    seen = np.isfinite(delays)
    until = np.searchsorted(at, np.where(seen, delays, ages), side="left")
    told = np.bincount(until[seen], minlength=len(at) + 1)[: len(at)]
    # A prediction without a label leaves after the last step that its age has passed.
    left = np.bincount(np.searchsorted(at, ages[~seen], side="right"), minlength=len(at) + 1)[: len(at)]
    risk = len(delays) - np.concatenate([[0], np.cumsum(told)[:-1]]) - np.cumsum(left)
    kept = int(np.sum(risk >= FEWEST_AT_RISK))
    told, risk, at = told[:kept], risk[:kept].astype(float), at[:kept]
    without = np.cumprod(1 - told / risk)
    greenwood = np.cumsum(told / np.maximum(risk * (risk - told), 1))
    return _with_ends(at, without, greenwood)


def _with_ends(at: Array, without: Array, greenwood: Array) -> Curve:
    """Ends by Greenwood's variance on the scale of log(-log) of those without a label (Kalbfleisch & Prentice 1980)."""
    inside = (without > 0) & (without < 1)
    logs = np.log(np.where(inside, without, 0.5))
    reach = 1.96 * np.sqrt(greenwood) / np.abs(logs)
    low, high = (np.where(inside, without ** np.exp(sign * reach), without) for sign in (1, -1))
    return Curve(at, 1 - without, 1 - high, 1 - low)


@dataclass(frozen=True, slots=True)
class Truncated:
    """Labelled rows of one outcome by the step in which they were told and the last step that their age has passed.

    counts: shape (k, k); counts[d, a] rows were told in step d, after the one before it, and are of an age that passed step a
    and no further. Rows told after the last step that their age has passed are left out. at: the steps, shape (k,).
    """

    at: Array
    counts: Array

    @classmethod
    def of(cls, delays: Array, ages: Array, at: Array) -> "Truncated":
        """From the delays and ages of labelled rows, both (n,), delay <= age."""
        told, passed = step_told(delays, at), step_passed(ages, at)
        kept = told <= passed
        cells = told[kept] * len(at) + passed[kept]
        return cls(at, np.bincount(cells, minlength=len(at) ** 2).reshape(len(at), len(at)).astype(float))

    def shares(self, draws: int, seed: int) -> Array:
        """The share told by each step of those told by the last: as estimated, then in each draw of the rows (Poisson
        bootstrap: Hanley & MacGibbon 2006), shape (1 + draws, k)."""
        random = np.random.default_rng(seed)
        counts = np.zeros((1 + draws, *self.counts.shape))
        counts[0] = self.counts
        some = self.counts > 0
        counts[1:, some] = random.poisson(self.counts[some], (draws, int(some.sum())))
        told = counts.sum(axis=2)
        by_step = np.cumsum(counts, axis=1)
        old_enough = np.flip(np.cumsum(np.flip(by_step, 2), axis=2), 2)
        risk = np.diagonal(old_enough, axis1=1, axis2=2)
        stay = np.where(risk > 0, 1 - told / np.maximum(risk, 1), 1.0)
        after = np.flip(np.cumprod(np.flip(stay, 1), axis=1), 1)
        return np.concatenate([after[:, 1:], np.ones((len(after), 1))], axis=1)

    @property
    def thin(self) -> bool:
        """Whether fewer rows are old enough to speak of the last step than it takes."""
        return bool(self.counts[:, -1].sum() < FEWEST_AT_RISK)


def step_told(delays: Array, at: Array) -> Array:
    """The step in which each was told, shape (n,): the first that is not before its delay; len(at) after the last."""
    return np.searchsorted(at, delays, side="left")


def step_passed(ages: Array, at: Array) -> Array:
    """The last step that each age has passed, shape (n,); -1 before the first."""
    return np.searchsorted(at, ages, side="right") - 1
