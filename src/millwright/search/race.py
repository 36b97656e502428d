"""The race: each configuration is fitted on the first fold, and those go on from fold to fold that still may win.

Successive halving (Jamieson & Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization") over
folds: of those that were fitted on so many folds the better half goes on, judged on these folds alone, and beside it whoever
would do an ensemble good: one that errs elsewhere may help although it is worse. Where time is plenty nobody is dropped; where
it is short none begins while those that lead have no time left to be finished in, and none goes on that never could be. Once
all that was given is done, further settings are proposed, until these make nothing better or the budget is used up.
"""

from collections.abc import Callable, Sequence

from millwright.records.modelling import FoldFit, Trial, TrialConfig
from millwright.search.ahead import as_jobs, given_after, likely_after
from millwright.search.bench import Bench
from millwright.search.budget import Limits
from millwright.search.entries import Entry, fit_of, levelled, trial_of
from millwright.search.executor import Ahead
from millwright.search.messages import Done, Job, Lost
from millwright.search.pace import Pace, whole
from millwright.search.portfolio_layers import better_layer, deciding, following
from millwright.search.proposals import propose
from millwright.search.standing import LEAST, Standing

OPENING = 0.5
"""The share of the budget in which configurations may still begin while others wait to go on."""
LONGER = 1.25
"""So much longer than on the first fold others may take: the first says little of how soon boosting stops."""
SETTLING = 0.05
"""The most of what is left that another fold of those may take that decide which features the others see."""
CHEAP = 0.25
"""The most of what is left that finishing the quickest may take, however they do."""
PATIENCE = 8
"""Proposals in a row none of which is the best so far, after which there are no more; three times as many where what is left of
the budget cannot go into further models of what does best."""
BASELINE = 1
"""The number of the baseline's trial, which does not race."""

NO_TIME = "no time was left for more"

OnTrial = Callable[[Trial], None]


class Race:
    """The race of one search. The same inputs take the same course where the budget is counted in fits."""

    def __init__(
        self, bench: Bench, configs: Sequence[TrialConfig], *, fixed: bool, on_trial: OnTrial, best: float | None
    ) -> None:
        """configs: in their order, the baseline not among them. fixed: whether each is fitted on all folds, and nothing else.
        best: the baseline's score."""
        self.bench, self._fixed, self._on_trial, self._baseline = bench, fixed, on_trial, best
        self._folds, self._given = len(bench.folds), len(configs)
        self.entries = [Entry(number, config, counts=bench.counts) for number, config in enumerate(configs, 2)]
        self._standing = Standing(bench, self.entries)
        self._pace = Pace(bench, self._standing, best)
        self._slow: set[str] = set()
        self.is_stopped = False
        self.left_out: dict[str, str] = {}
        """By family: why it is not tried."""

    def leave_out(self, why: Callable[[str], str | None]) -> None:
        """Try no configuration of a family of which `why` says why not."""
        for entry in self.entries:
            if (reason := why(entry.config.family)) is not None:
                entry.state, entry.reason = "dropped", reason
                self.left_out[entry.config.family] = reason

    def take_up(self, known: Sequence[Trial], whole: Callable[[FoldFit], bool]) -> None:
        """Go on with what an earlier search of the same inputs left, as far as it is all there."""
        for trial in sorted((trial for trial in known if trial.number > BASELINE), key=lambda trial: trial.number):
            entry = next((entry for entry in self.entries if entry.config == trial.config), None)
            if entry is None and not self._fixed:
                entry = self._waiting_for(trial.config) or self._added(trial.config)
            if entry is None:
                continue
            entry.config = trial.config
            for place, fit in enumerate(trial.fits):
                if fit.fold != place or not whole(fit):
                    break
                entry.fits.append(fit)
                self.bench.budget.count()
            if trial.state in ("failed", "out_of_time") and len(entry.fits) == len(trial.fits):
                entry.state, entry.reason, entry.lost = trial.state, trial.reason, trial.seconds - entry.seconds
                if entry.lost > 0.0:  # a fit that came to nothing was begun too
                    self.bench.budget.count()

    def run(self) -> None:
        """Fit until nothing is left to do, or no time to do it in."""
        while (step := self._next()) is not None:
            self._do(*step)

    def trials(self) -> list[Trial]:
        """What became of all that began: those may be chosen that were fitted on all folds, or, where none was, those that were
        on as many as some others, and by these alone."""
        depth = self._standing.depth()
        found = [
            trial_of(self.bench, entry, judged_on=depth if len(entry.fits) >= depth else 0)
            for entry in self.entries
            if entry.fits or entry.state != "open"
        ]
        for trial in found:
            self._on_trial(trial)
        return found

    @property
    def best(self) -> float | None:
        """The best score so far of what was fitted on all folds."""
        order = self._standing.done()
        return order[0].score() if order else self._baseline

    def _next(self) -> tuple[Entry, int] | None:
        """Who is fitted next, and on which fold."""
        if self.is_stopped:
            return None
        going = [entry for entry in self.entries if entry.state == "open" and len(entry.fits) < self._folds]
        if self._fixed:
            entry = next(iter(going), None) or self._once_more()
            return (entry, len(entry.fits)) if entry is not None else None
        if (settling := self._settling()) is not None:
            return settling, len(settling.fits)
        left_behind = self._standing.left_behind()
        waiting = [entry for entry in going if not entry.fits and entry.config.family not in left_behind]
        begun = [entry for entry in going if entry.fits]
        if waiting and (self._opens() or not begun):
            return waiting[0], 0
        entry = self._promoted(self._worth_it(begun)) or next(iter(waiting), None) or self._kin(going) or self._proposed()
        entry = entry or self._once_more()
        return (entry, len(entry.fits)) if entry is not None else None

    def _settling(self) -> Entry | None:
        """One of those that decide which features the others see, while another fold of all of them costs next to nothing."""
        begun = [entry for entry in self.entries if entry.fits and entry.state == "open"]
        group = [begun[place] for place in deciding([entry.config for entry in begun])]
        named = [entry for entry in self.entries if entry.state == "open"]
        depth = min((len(entry.fits) for entry in group), default=self._folds)
        if len(group) < len(deciding([entry.config for entry in named])) or depth == self._folds:
            return None
        next_ones = [entry for entry in group if len(entry.fits) == depth]
        cost = sum(entry.pace * self.bench.counts[depth] for entry in next_ones)
        cheap = self.bench.budget.has_room(round(len(next_ones) / SETTLING), cost / SETTLING)
        return next_ones[0] if cheap else None

    def _opens(self) -> bool:
        """Whether another one may begin although others wait to go on: early, and while those that lead on the first fold could
        be finished after it."""
        if self.bench.budget.spent() >= OPENING:
            return False
        order = self._standing.ranked([entry for entry in self.entries if entry.fits], 1)
        lead = self._standing.members() or order
        open_ones = [entry for entry in lead[:LEAST] if entry.state == "open" and not self._standing.is_done(entry)]
        left = [self._pace.left_to_do(entry) for entry in open_ones if self._pace.can_be_finished(entry)]
        limits = self.bench.budget.for_fit(0.0, 0.0, self._folds)
        another = limits.soft if limits else 0.0  # nothing is known of it yet
        return self.bench.budget.has_room(sum(fits for fits, _ in left) + 1, LONGER * sum(took for _, took in left) + another)

    def _worth_it(self, begun: Sequence[Entry]) -> list[Entry]:
        """Those that can be finished; all where none can and none is."""
        found = [entry for entry in begun if self._pace.can_be_finished(entry)]
        return found if found or any(self._standing.is_done(entry) for entry in self.entries) else list(begun)

    def _kin(self, going: Sequence[Entry]) -> Entry | None:
        """One that waits although its family was left behind, where time is plenty."""
        entry = next((entry for entry in going if not entry.fits), None)
        paces = [other.pace for other in self.entries if other.fits and entry and other.config.family == entry.config.family]
        plenty = bool(paces) and self.bench.budget.is_plenty(self._folds, 2.0 * self._folds * max(paces))
        return entry if plenty else None

    def _promoted(self, going: Sequence[Entry]) -> Entry | None:
        """The next one to go on. Where seconds count, of those that an ensemble would have the quickest, so that the others are
        held against many, unless that would leave no time for the one it would have most of, which nothing is without another
        where that one could not be finished; where fits do, the furthest."""
        found = self._may_go_on(going)
        if not found or self.bench.budget.fits is not None:
            return next(iter(found), None)
        members = [entry for entry in self._standing.members() if entry in found]
        quick = min(members or found, key=lambda entry: self._pace.left_to_do(entry)[1])
        best = next(iter(members or self._standing.ranked(found, 1)), quick)
        if best is quick or self._has_room([quick, best]):
            return quick
        safe = self._standing.done() or not members or self._has_room([best])
        return best if safe else quick

    def _has_room(self, entries: Sequence[Entry]) -> bool:
        """Whether these can be finished, where their other folds take longer than the first did."""
        left = [self._pace.left_to_do(entry) for entry in entries]
        return self.bench.budget.has_room(sum(n for n, _ in left), LONGER * sum(took for _, took in left))

    def _may_go_on(self, going: Sequence[Entry]) -> list[Entry]:
        """Those whose fits so far are good enough for another, the furthest first."""
        cheap = self._cheap(going)
        found: list[Entry] = []
        for folds in range(self._folds - 1, 0, -1):
            order = self._standing.ranked([entry for entry in self.entries if len(entry.fits) >= folds], folds)
            near = [entry for entry in going if len(entry.fits) == folds]
            kept = [*order[: max(LEAST, -(-len(order) // 2))], *cheap]
            if near and self.bench.models > 1:
                kept += self._standing.helpful(order, folds)
            found += [entry for entry in order if entry in near and entry in kept]
        return found

    def _cheap(self, going: Sequence[Entry]) -> list[Entry]:
        """Those that go on however they do: all where time is plenty; where it is not, the quickest, as long as finishing them
        takes next to nothing, for one fold may say little of the others."""
        budget, left = self.bench.budget, {entry.number: self._pace.left_to_do(entry) for entry in going}
        if budget.is_plenty(sum(n for n, _ in left.values()), sum(took for _, took in left.values())):
            return list(going)
        if budget.fits is not None:
            return []
        found, total = list[Entry](), 0.0
        for entry in sorted(going, key=lambda entry: left[entry.number][1]):
            total += left[entry.number][1]
            if not budget.has_room(0, total / CHEAP):
                break
            found.append(entry)
        return found

    def _proposed(self) -> Entry | None:
        """A further configuration, of a family for which there was time; None where they make nothing better any more."""
        best = next(iter(self._standing.done()), None)
        since = max(self._given, best.number - 1 if best else 0)
        patience = PATIENCE if self.bench.further else 3 * PATIENCE
        if len(self.entries) - since > patience:  # a search that was taken up again counts those before it too
            return None
        config = propose(
            levelled([entry for entry in self.entries if entry.config.family not in self._slow]),
            goal=self.bench.metric.goal,
            features=len(self.bench.problem.features),
            rows=len(self.bench.problem.y),
            seed=self.bench.seed,
        )
        return None if config is None else self._added(config)

    def _once_more(self) -> Entry | None:
        """One that overran its share of the time on its first fold, with all there is, where nobody got through any: the
        machine may have been busy just then, and no model is the worst answer."""
        if any(entry.fits for entry in self.entries):
            return None
        entry = next((entry for entry in self.entries if entry.state == "out_of_time" and not entry.again), None)
        if entry is not None:
            entry.state, entry.again = "open", True
        return entry

    def _waiting_for(self, config: TrialConfig) -> Entry | None:
        """The one that began as this configuration, once it was known which features it is to see."""
        seen = config.features
        return next((one for one in self.entries if not one.fits and following(one.config, seen) == config), None)

    def _followed(self, config: TrialConfig) -> TrialConfig:
        """A configuration that is about to begin, with the features that did better so far."""
        tried = [(entry.config, [fit.score for fit in entry.fits]) for entry in self.entries]
        return config if self._fixed else following(config, better_layer(tried, self.bench.metric.better))

    def _added(self, config: TrialConfig) -> Entry:
        entry = Entry(len(self.entries) + 2, config, counts=self.bench.counts)
        self.entries.append(entry)
        return entry

    def _do(self, entry: Entry, fold: int) -> None:
        bench = self.bench
        if not entry.fits:
            entry.config = self._followed(entry.config)
        kin = (other.pace for other in reversed(self.entries) if other.fits and other.config.family == entry.config.family)
        pace = entry.pace or next(kin, 0.0)
        try:
            answer, seconds = self._asked(entry, fold, pace)
        except KeyboardInterrupt:
            self._stop(entry)
            return
        if answer is None and entry.again and not entry.fits:
            entry.state = "out_of_time"
            return
        if answer is None:
            why = NO_TIME if bench.budget.fits is None else "search.trials were used up"
            entry.state, entry.reason = "dropped", f"{len(entry.fits)} of {self._folds} folds: {why}"
            if entry.number > self._given + 1:
                self._slow.add(entry.config.family)
            return
        if isinstance(answer, Lost):
            entry.state, entry.reason = "out_of_time" if answer.overran else "failed", answer.reason
            entry.lost += seconds
        else:
            entry.fits.append(fit_of(bench, fold, answer, seconds))
            entry.reason = ""  # a second try may have followed one that was ended
        self._on_trial(trial_of(bench, entry, judged_on=0))

    def _stop(self, entry: Entry) -> None:
        """Search no further, and take the best so far. Raises KeyboardInterrupt where there is nothing to take."""
        if not any(entry.fits for entry in self.entries):
            raise KeyboardInterrupt
        bench = self.bench
        self.is_stopped = True
        bench.worker.abandon()
        bench.budget.stop(whole(bench) * sum(entry.pace for entry in self._standing.done()))
        note = "stopped: the best so far is taken; once more, and it is left for later"
        bench.tell(entry.number, len(self.entries) + 1, entry.config, self.best, refit=False, note=note)

    def _asked(self, entry: Entry, fold: int, pace: float) -> tuple[Done | Lost | None, float]:
        """What the training process says, and how long it took. pace: seconds on a fold of mean size."""
        bench, reserve, likely = self.bench, self._pace.reserve(entry, pace), pace * self.bench.counts[fold]
        folds, last = 1 if entry.fits or self._fixed else self._folds, entry.again and not entry.fits
        limits = bench.budget.for_fit(reserve, likely, folds, last=last)
        if limits is None:
            return None, 0.0
        bench.tell(entry.number, len(self.entries) + 1, entry.config, self.best, refit=False)
        lost = started(bench, limits)
        limits = bench.budget.for_fit(reserve, likely, folds, last=last)
        if lost or limits is None:
            return lost, 0.0
        bench.budget.count()
        job = Job(number=entry.number, config=entry.config, fold=fold, iterations=None, seconds=limits.soft)
        if bench.worker.width > 1:
            bench.worker.ahead(job, limits, self._ahead(entry, fold))
        answer = bench.worker.ask(job, limits.hard)
        return answer, answer.seconds

    def _ahead(self, entry: Entry, fold: int) -> list[Ahead]:
        """What will likely be asked next, for those who have nothing to do."""
        if self._fixed:
            steps = given_after((entry, fold), self.entries, self._folds)
        else:
            ranked = self._standing.ranked(self.entries, 1)
            steps = likely_after((entry, fold), self.entries, self._folds, ranked=ranked, opens=self._opens())
        return as_jobs(self.bench, steps, self._pace.reserve, 1 if self._fixed else self._folds)


def started(bench: Bench, limits: Limits) -> Lost | None:
    """Have a training process; what became of it where there is none. How long it took to start is remembered."""
    begun = bench.clock()
    lost = bench.worker.start(limits.hard)
    bench.budget.started(bench.clock() - begun)
    return lost
