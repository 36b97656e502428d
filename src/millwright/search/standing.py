"""Who is ahead in a race: those that were fitted on so many folds, judged on these folds alone."""

from collections.abc import Sequence

from millwright.search.bags import answers_as_bag
from millwright.search.bench import Bench
from millwright.search.ensemble import Shelf, helpful, outdoes
from millwright.search.entries import Entry, raw_of

LEAST = 3
"""So many go on to each next fold, if there are so many."""


class Standing:
    """The entries of one race, those that are added later too."""

    def __init__(self, bench: Bench, entries: list[Entry]) -> None:
        self._bench, self._entries, self._folds = bench, entries, len(bench.folds)
        self._members: dict[tuple[int, tuple[int, ...]], list[int]] = {}

    def ranked(self, entries: Sequence[Entry], folds: int) -> list[Entry]:
        """Those with a score, by it on the first folds, the best first; equal ones keep their order."""
        scored = [(score, entry) for entry in entries if (score := entry.score(folds)) is not None]
        return [entry for _, entry in sorted(scored, key=lambda pair: pair[0], reverse=self._bench.metric.goal == "max")]

    def is_done(self, entry: Entry) -> bool:
        """Whether it was fitted on all folds."""
        return len(entry.fits) == self._folds

    def done(self) -> list[Entry]:
        """Those that were fitted on all folds, the best first."""
        return self.ranked([entry for entry in self._entries if self.is_done(entry)], self._folds)

    def depth(self) -> int:
        """On how many folds those are compared that may be chosen: on all, where some were fitted on all, unless one that was
        not surely does better on fewer than all of those together."""
        there = [sum(len(entry.fits) >= folds for entry in self._entries) for folds in range(1, self._folds + 1)]
        if there[-1]:
            return self._outdone() or self._folds
        return max((folds for folds, count in enumerate(there, 1) if count >= LEAST), default=min(there[0], 1))

    def _outdone(self) -> int | None:
        """The most folds on which one that was not fitted on all is surely better than those that were; None where none is. The
        models of all folds together are better than one of them shows: where such answer, nothing is surely better."""
        done = self.done()
        if any(answers_as_bag(self._bench, entry.fits) for entry in done):
            return None
        for folds in range(self._folds - 1, 0, -1):
            order = self.ranked([entry for entry in self._entries if len(entry.fits) >= folds], folds)
            if done and order and not self.is_done(order[0]) and outdoes(self._shelf([order[0], *done], folds)):
                return folds
        return None

    def left_behind(self) -> set[str]:
        """Families none of whose settings would go on from the first fold: what else there is of them has time until later."""
        order = self.ranked([entry for entry in self._entries if entry.fits], 1)
        if len(order) <= LEAST:
            return set()
        ahead = order[: -(-len(order) // 2)] + self.members()
        return {entry.config.family for entry in order} - {entry.config.family for entry in ahead}

    def members(self) -> list[Entry]:
        """Those that an ensemble on the first fold would have, the one it has most of first; none where one answers alone."""
        order = self.ranked([entry for entry in self._entries if entry.fits], 1)
        return self.helpful(order, 1) if order and self._bench.models > 1 else []

    def helpful(self, order: Sequence[Entry], folds: int) -> list[Entry]:
        """Those that an ensemble on the first folds would have as members."""
        asked = folds, tuple(entry.number for entry in order)
        if asked not in self._members:
            self._members[asked] = self._chosen(order, folds)
        return [order[place] for place in self._members[asked]]

    def _chosen(self, order: Sequence[Entry], folds: int) -> list[int]:
        return helpful(self._shelf(order, folds), self._bench.models)

    def _shelf(self, order: Sequence[Entry], folds: int) -> Shelf:
        """What they said of the rows that the first folds validate on."""
        bench = self._bench
        valid = [bench.folds[fold].valid for fold in range(folds)]
        raw = tuple(tuple(raw_of(bench, entry.fits[at])[: len(valid[at])] for at in range(folds)) for entry in order)
        return bench.shelf(valid, raw)
