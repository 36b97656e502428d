"""From trials to a leaderboard: who stands where and why, how the best came about, and the front of quality, time and size."""

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, stdev

from millwright.metrics.metric import Metric
from millwright.records.modelling import Candidate, Trial
from millwright.records.searched import Improvement, Leaderboard, Standing, State
from millwright.search.portfolio import BASELINE
from millwright.search.race import NO_TIME
from millwright.search.trial import mean

_FOLDS = re.compile(r"^\d+ of \d+ folds(: |$)")
"""How reasons begin that say on how many folds a trial was, which its standing says too."""


def leaderboard(
    trials: Sequence[Trial], metric: Metric, folds: int, *, candidate: Candidate | None = None, under_way: bool = False
) -> Leaderboard:
    """What is known of a search on so many folds. candidate: what it chose; under_way: trials may still go on.

    Those come first that may be chosen: they were fitted on all folds, or, where time was short, on as many as anybody. Of the
    others those on more folds, then the better.
    """
    full = folds if under_way else max((len(trial.fits) for trial in trials), default=0) or folds
    ordered = _ordered(trials, metric, full)
    standings = [
        Standing(
            place=place,
            number=trial.number,
            config=trial.config.name,
            family=trial.config.family,
            params=trial.config.params,
            state=_state(trial, candidate, folds if under_way else None),
            score=trial.score,
            spread=stdev(trial.fold_scores) if len(trial.fold_scores) > 1 else None,
            fold_scores=trial.fold_scores,
            train_score=trial.train_score,
            folds=_folds(trial),
            seconds=trial.seconds,
            row_us=_cost([fit.row_us for fit in trial.fits]),
            size=_bytes(trial),
            memory=max((fit.memory for fit in trial.fits), default=0) or None,
            weight=_weight(trial, candidate),
            reason="" if under_way and _may_go_on(trial) else _reason(trial, trials, metric, folds),
        )
        for place, trial in enumerate(ordered, 1)
    ]
    return Leaderboard(
        metric=metric.name,
        goal=metric.goal,
        folds=folds,
        full=full,
        seconds=sum(trial.seconds for trial in trials),
        standings=_with_front([_summed(one, standings) for one in standings], metric, full),
        best_so_far=_best_so_far(trials, metric, full),
        points=candidate.front if candidate else (),
        outcome=candidate.goal if candidate else None,
    )


def _ordered(trials: Sequence[Trial], metric: Metric, full: int) -> list[Trial]:
    """Whoever has no score comes last."""
    sign = -1.0 if metric.goal == "max" else 1.0
    return sorted(trials, key=lambda t: (t.score is None, -min(_folds(t), full), sign * (t.score or 0.0), t.number))


def _folds(trial: Trial) -> int:
    """Of how many folds its score is; where it has none, on how many it was fitted."""
    return len(trial.fold_scores) or len(trial.fits)


def _state(trial: Trial, candidate: Candidate | None, under_way: int | None) -> State:
    """under_way: how many folds there are, where the search has not ended: a trial is kept as a dropped one until then."""
    if candidate is not None and trial.number == candidate.trial.number:
        return "chosen"
    if _weight(trial, candidate) is not None:
        return "member"
    if under_way is not None and _may_go_on(trial):
        return "open" if _folds(trial) < under_way else "finished"
    return trial.state


def _may_go_on(trial: Trial) -> bool:
    return trial.state == "dropped" and not trial.reason.endswith(NO_TIME)


def _weight(trial: Trial, candidate: Candidate | None) -> float | None:
    members = candidate.trial.config.members if candidate else ()
    return next((member.weight for member in members if member.config == trial.config), None)


def _reason(trial: Trial, trials: Sequence[Trial], metric: Metric, folds: int) -> str:
    """What is known of why it came no further; of one that others overtook, how it stood when it was left."""
    scores = [fit.score for fit in trial.fits]
    if not _may_go_on(trial) or not scores:
        return _FOLDS.sub("", trial.reason)
    mine = _first(trial, len(scores))
    rivals = [other for other in trials if other.number != trial.number]
    others = [score for other in rivals if (score := _first(other, len(scores))) is not None]
    if mine is None or not others:
        return _FOLDS.sub("", trial.reason)
    better = sum(metric.better(score, mine) for score in others)
    if not better:
        return "the search ended before it could go on"
    on = "the first fold" if len(scores) == 1 else f"the first {len(scores)} of {folds} folds"
    return f"{better} of {len(others)} did better on {on}"


def _first(trial: Trial, folds: int) -> float | None:
    """The mean over its first folds; None where it was not on so many, or the metric is not defined there."""
    scores = [fit.score for fit in trial.fits[:folds] if fit.score is not None]
    return mean(scores) if len(trial.fits) >= folds else None


def _cost(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _bytes(trial: Trial) -> int | None:
    size = _cost([fit.size for fit in trial.fits])
    return None if size is None else round(size)


def _summed(standing: Standing, everybody: Sequence[Standing]) -> Standing:
    """An ensemble takes what its members take together."""
    if standing.family != "ensemble":
        return standing
    members = [one for one in everybody if one.weight is not None]
    times, sizes = [one.row_us for one in members], [one.size for one in members]
    return replace(
        standing,
        row_us=sum(time for time in times if time is not None) if members and None not in times else None,
        size=sum(size for size in sizes if size is not None) if members and None not in sizes else None,
    )


def _with_front(standings: Sequence[Standing], metric: Metric, full: int) -> tuple[Standing, ...]:
    """Mark those whom nobody beats in quality, time and size at once."""
    sign = -1.0 if metric.goal == "max" else 1.0
    costs = {
        one.number: (sign * one.score, one.row_us, one.size)
        for one in standings
        if one.score is not None and one.row_us is not None and one.size is not None and one.folds >= full
    }
    front = {number for number, mine in costs.items() if not any(_beats(theirs, mine) for theirs in costs.values())}
    return tuple(replace(one, on_front=one.number in front) for one in standings)


def _beats(one: tuple[float, float, int], other: tuple[float, float, int]) -> bool:
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))


def _best_so_far(trials: Sequence[Trial], metric: Metric, full: int) -> tuple[Improvement, ...]:
    """Each time the best score on so many folds got better; an ensemble is made when the last fit is done."""
    last = max((fit.at for trial in trials for fit in trial.fits if fit.at is not None), default=None)
    found = [
        Improvement(at=at, score=trial.score, config=trial.config.name)
        for trial in trials
        if trial.score is not None and _folds(trial) >= full and (at := _done_at(trial, last)) is not None
    ]
    best: list[Improvement] = []
    for one in sorted(found, key=lambda one: one.at):
        if not best or metric.better(one.score, best[-1].score):
            best.append(one)
    return tuple(best)


def _done_at(trial: Trial, last: float | None) -> float | None:
    """When its last fold was done: the baseline's before the search, as it takes no time of it."""
    if trial.config.members:
        return last
    if not trial.fits:
        return 0.0 if trial.config.family == BASELINE else None
    moments = [fit.at for fit in trial.fits if fit.at is not None]
    return max(moments) if len(moments) == len(trial.fits) else None
