"""What is left to do in a race, and how long it is likely to take."""

from collections.abc import Sequence

from millwright.search.bags import answers_as_bag
from millwright.search.bench import Bench
from millwright.search.entries import Entry
from millwright.search.growing import is_growing
from millwright.search.standing import Standing

REFIT_MARGIN = 1.5
_RESERVED = 0.6
"""The most of what is left that is kept for refits."""
_AFTERWARDS, _AFTERWARDS_MARGIN = 0.15, 1.2
"""The most of the budget that is kept for fitting what was found once more after the search; and how much longer than on its
folds that may take: it has the sealed rows too, and no rounds in vain."""


class Pace:
    """Seconds that those in a race will need, by what they took so far."""

    def __init__(self, bench: Bench, standing: Standing, baseline: float | None) -> None:
        """baseline: its score, where it is known."""
        self._bench, self._standing, self._folds, self._baseline = bench, standing, len(bench.folds), baseline

    def can_be_finished(self, entry: Entry) -> bool:
        return self._bench.budget.has_room(*self.left_to_do(entry))

    def left_to_do(self, entry: Entry) -> tuple[int, float]:
        """Fits on folds until one that has begun is done, and the seconds that these and fitting it once more are likely to
        take."""
        fits = self._folds - len(entry.fits)
        took = sum(self._bench.counts[len(entry.fits) :]) * entry.pace + self._afterwards(entry, [entry.pace])
        return fits, took + self.own_refit(entry, entry.pace, took)

    def reserve(self, entry: Entry, likely: float) -> float:
        """Seconds that must be left while an entry goes on, which takes `likely` a fit: for fitting it once more on all rows,
        or the best of those that are done, as many as may answer together and as can be afforded. What does no better than the
        baseline is never fitted once more, and takes no time of what may."""
        done = self._worth_it()[: self._bench.models]
        total, most = 0.0, _RESERVED * self._bench.budget.remaining()
        for one in done:
            needed = 0.0 if self.will_be_bag(one) else refit_seconds(self._bench, one.pace)
            total += needed if total + needed <= most else 0.0
        return max(self.own_refit(entry, likely), total) + self._afterwards(entry, self._answering(entry, likely))

    def _worth_it(self) -> list[Entry]:
        """Those that are done and do better than the baseline, the best first."""
        done, best, better = self._standing.done(), self._baseline, self._bench.metric.better
        return [one for one in done if best is None or ((score := one.score()) is not None and better(score, best))]

    def _answering(self, entry: Entry, likely: float) -> list[float]:
        """The paces of those that likely answer in the end: an entry, the best, and what is done of what an ensemble would have
        on the first fold, as far as it would on all; a slow one among these is seldom among the best alone."""
        done = self._worth_it()
        helps = self._standing.helpful(done, self._folds) if done and self._bench.models > 1 else done
        found = [one for one in self._standing.members() if one in helps]
        found += [one for one in done[:1] if one not in found]
        paces = [likely, *(one.pace for one in found if one is not entry)]
        return paces if self._bench.models > 1 else [max(paces)]

    def _afterwards(self, entry: Entry, paces: Sequence[float]) -> float:
        """Seconds to be left, while an entry goes on, for fitting models of these paces once more after the search; half of
        them where its last fold is all that it lacks: what it took so far would be in vain."""
        if not self._bench.once_more:
            return 0.0
        needed = sum(refit_seconds(self._bench, pace, margin=_AFTERWARDS_MARGIN) for pace in paces)
        share = _AFTERWARDS if len(entry.fits) + 1 < self._folds else 0.5 * _AFTERWARDS
        return min(needed, self._bench.budget.share(share))

    def own_refit(self, entry: Entry, pace: float, before: float = 0.0) -> float:
        """Seconds that fitting it once more may take, where its models do not answer together. before: seconds that are gone
        by then."""
        if self.will_be_bag(entry):
            return 0.0
        own = refit_seconds(self._bench, pace, [fit.fold for fit in entry.fits])
        if is_growing(self._bench.folds):  # it may be cut short: what a small fold took says little of all rows
            return min(own, _RESERVED * max(self._bench.budget.remaining() - before, 0.0))
        return own

    def will_be_bag(self, entry: Entry) -> bool:
        """Whether its models would answer together if they were as the first is; before that one, as far as one knows."""
        if not entry.fits:
            return self._bench.bags
        return answers_as_bag(self._bench, (entry.fits * self._folds)[: self._folds])


def refit_seconds(bench: Bench, pace: float, seen: Sequence[int] = (), *, margin: float = REFIT_MARGIN) -> float:
    """What a fit on all rows may take, where one on a fold takes `pace`. seen: the folds that this is known of; none: all."""
    if is_growing(bench.folds):
        return margin * pace * whole(bench)
    known = [bench.folds[place] for place in seen] or bench.folds
    fitted = sum(len(fold.train) for fold in known) / len(known)
    return margin * pace * max(len(fold.train) + len(fold.valid) for fold in bench.folds) / fitted


def whole(bench: Bench) -> float:
    """How many folds of mean size all rows are, where folds have samples; else one is taken for all."""
    if not is_growing(bench.folds):
        return 1.0
    return len(bench.folds) * len(bench.problem.y) / sum(len(fold.train) for fold in bench.folds)
