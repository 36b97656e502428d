"""From trials to an ensemble: its members chosen, fitted once more within the budget, and joined into one model."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.ensemble import join, weighted_sum
from millwright.models.family import Fitted
from millwright.records.modelling import Member, Trial, TrialConfig
from millwright.search.bags import Price, together
from millwright.search.bench import Bench, ranked
from millwright.search.ensemble import Shelf, choose
from millwright.search.refits import MORE_MAY_FOLLOW, Model, Refits, kept
from millwright.search.trial import defined, mean, sample, split_by_fold

Array = NDArray[Any]


WORTH = 0.005
"""Of what the best model alone is better than the baseline, the share by which an ensemble must be better than it where each of
its members is fitted once more on all rows: now, and at every retrain."""

_NOISE = "none was better than one model by more than noise"
_LITTLE = "none was better than one model by enough to fit several at every retrain"
_FEW = "fewer than two models were finished on the folds"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The trials that an ensemble is to be made of, the best first, and their weights. bagged: as in `Refits.of`."""

    trials: tuple[Trial, ...]
    weights: tuple[float, ...]
    bagged: bool | None = None


def joined(bench: Bench, trials: Sequence[Trial], refits: Refits, given: TrialConfig | None) -> tuple[Model | None, str]:
    """An ensemble of these trials, and what is to be said of it; no model where one alone is as good or time was short.

    given: an ensemble whose members and weights are taken as they are.
    """
    library = [trial for trial in ranked(trials, bench.metric) if trial.on_folds is not None]
    chosen = _given(library, given) if given else _chosen(bench, library)
    if chosen is None:
        return None, f"no ensemble: {_NOISE if len(library) > 1 else _FEW}"
    if not given and not _is_worth_it(bench, chosen, trials):
        return None, f"no ensemble: {_LITTLE}"
    refits.grow(chosen.trials)
    models = _refitted(refits, chosen)
    note = "; ".join([*_lacking(chosen, models, refits), *_missing(given, chosen)])
    trial = _trial(bench, models, trials) if len(models) > 1 else None
    if trial is None or not (given or _is_best(trial, trials, bench)):
        return None, f"no ensemble: {note or _NOISE}"
    return _model(bench, trial, models), note


def made(bench: Bench, chosen: Chosen, refits: Refits, trials: Sequence[Trial]) -> Model | None:
    """The model of what was chosen, all of it; None where the time is not enough for that."""
    if len(chosen.trials) == 1:
        return refits.of(chosen.trials[0], MORE_MAY_FOLLOW, chosen.bagged)
    models = _refitted(refits, chosen)
    return _model(bench, _trial(bench, models, trials), models) if len(models) == len(chosen.trials) else None


def _is_best(trial: Trial, trials: Sequence[Trial], bench: Bench) -> bool:
    """Whether an ensemble is better than the best trial: it may lack members that it was chosen with."""
    best = ranked(trials, bench.metric)[0].score
    return trial.score is not None and best is not None and bench.metric.better(trial.score, best)


def _is_worth_it(bench: Bench, chosen: Chosen, trials: Sequence[Trial]) -> bool:
    """Whether it is enough better than the best model alone for what its refits cost."""
    if bench.bags or len(chosen.trials) < 2:
        return True
    scores = defined(shelf_of(bench, chosen.trials).scores(chosen.weights))
    found = mean(scores, bench.counts if len(scores) == len(bench.folds) else None)
    best, simple = ranked(trials, bench.metric)[0].score, trials[0].score
    if found is None or best is None or simple is None:
        return True
    return abs(found - best) >= WORTH * abs(best - simple)


def _given(library: Sequence[Trial], given: TrialConfig) -> Chosen | None:
    weights = {trial.number: m.weight for trial in library for m in given.members if m.config == trial.config}
    there = tuple(trial for trial in library if trial.number in weights)
    return Chosen(there, tuple(weights[trial.number] for trial in there)) if there else None


def _missing(given: TrialConfig | None, chosen: Chosen) -> list[str]:
    """Members of a given ensemble that no trial was finished of."""
    there, wanted = [trial.config for trial in chosen.trials], given.fitted if given else ()
    return [f"{config.name} is no member: it was not finished" for config in wanted if config not in there]


def _chosen(bench: Bench, library: Sequence[Trial]) -> Chosen | None:
    if len(library) < 2:
        return None
    until = bench.clock() + bench.budget.for_choosing()
    prices = [Price.of(bench, trial.fits) for trial in library]

    def fits_in(weights: Sequence[float]) -> bool:
        return together([price for price, weight in zip(prices, weights, strict=True) if weight]).is_small(bench)

    weights = choose(shelf_of(bench, library), bench.models, lambda: bench.clock() < until, fits_in)
    if weights is None:
        return None
    pairs = [(trial, weight) for trial, weight in zip(library, weights, strict=True) if weight]
    return Chosen(tuple(trial for trial, _ in pairs), tuple(weight for _, weight in pairs))


def _refitted(refits: Refits, chosen: Chosen) -> list[tuple[float, Model]]:
    """The members that can be fitted once more for as long as the folds found best, and their weights, which sum to 1.

    The best one comes first, so that it is there where the time is enough for one alone.
    """
    shares = _shares(chosen.trials)
    refits.begin(chosen.trials, shares, chosen.bagged)
    models = [refits.of(trial, share, chosen.bagged) for trial, share in zip(chosen.trials, shares, strict=True)]
    weighted = zip(chosen.weights, models, strict=True)
    found = [(weight, model) for weight, model in weighted if model is not None and model.is_whole]
    whole = sum(weight for weight, _ in found)
    return [(weight / whole, model) for weight, model in found]


def _shares(trials: Sequence[Trial]) -> list[float]:
    """Of what is left each time, the share that each refit may take: what it needs beside those after it, and most of it."""
    left = [sum(trial.seconds for trial in trials[place:]) for place in range(len(trials))]
    needed = [max(MORE_MAY_FOLLOW, trial.seconds / max(rest, 1e-9)) for trial, rest in zip(trials, left, strict=True)]
    return [*needed[:-1], 1.0]


def _lacking(chosen: Chosen, models: Sequence[tuple[float, Model]], refits: Refits) -> list[str]:
    """Why trials are no members after all."""
    fitted = {model.trial.number for _, model in models}
    short = "no time was left to fit it once more in full"
    lacking = [trial for trial in chosen.trials if trial.number not in fitted]
    return [f"{trial.config.name} is no member: {refits.notes.get(trial.number, short)}" for trial in lacking]


def _trial(bench: Bench, models: Sequence[tuple[float, Model]], everything: Sequence[Trial]) -> Trial:
    """The ensemble as a trial after all others: judged on the folds as these are."""
    began, weights, trials = bench.clock(), [w for w, _ in models], [model.trial for _, model in models]
    scores = defined(shelf_of(bench, trials).scores(weights))
    seen = defined(shelf_of(bench, trials, seen=True).scores(weights))
    out = io.BytesIO()
    np.save(out, weighted_sum(weights, [array_of(bench, trial.predictions) for trial in trials]), allow_pickle=False)
    return Trial(
        number=max(trial.number for trial in everything) + 1,
        config=config_of([Member(weight=w, config=model.trial.config) for w, model in models]),
        state="finished",
        score=mean(scores, bench.counts if len(scores) == len(bench.folds) else None),
        fold_scores=scores,
        train_score=mean(seen, bench.counts if len(seen) == len(bench.folds) else None),
        seconds=bench.clock() - began,
        predictions=bench.blobs.put(out.getvalue()),
    )


def config_of(members: Sequence[Member]) -> TrialConfig:
    """The configuration of an ensemble, which its name tells: ensemble of 2: lightgbm default 0.75, linear 0.25."""
    said = ", ".join(f"{member.config.name} {member.weight:.2g}" for member in members)
    return TrialConfig(name=f"ensemble of {len(members)}: {said}", family="ensemble", members=tuple(members))


def _model(bench: Bench, trial: Trial, models: Sequence[tuple[float, Model]]) -> Model:
    def fitted(model: Model) -> Fitted:
        files = {name: bench.blobs.get(digest) for name, digest in model.files.items()}
        return Fitted(files, model.evaluator, model.iterations, model.importance)

    made = tuple(replace(one, weight=weight) for weight, model in models for one in model.made)
    return kept(trial, join([(weight, fitted(model)) for weight, model in models]), bench.blobs, made)


def shelf_of(bench: Bench, trials: Sequence[Trial], *, seen: bool = False) -> Shelf:
    """What trials said of the rows that validate in each fold; seen: of the sample of those that they were fitted on."""
    rows = [sample(fold.train) if seen else fold.valid for fold in bench.folds]
    raw = tuple(tuple(split_by_fold(array_of(bench, trial.on_folds), bench.folds)[int(seen)]) for trial in trials)
    return bench.shelf(rows, raw)


def array_of(bench: Bench, digest: str | None) -> Array:
    assert digest is not None, "trials of the library have kept their scores"
    array: Array = np.load(io.BytesIO(bench.blobs.get(digest)), allow_pickle=False)
    return array
