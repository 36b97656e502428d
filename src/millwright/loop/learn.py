"""Learn: split, features, search."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.data.duplicates import duplicate_checks
from millwright.errors import DataRefused
from millwright.features.batch import BatchEncoder
from millwright.features.constraints import Asked, check_asked, constrained, groups_of, monotone_of
from millwright.features.fit import fit_plan
from millwright.features.plain import plain
from millwright.loop.goal import search_goal
from millwright.loop.progress import Listener, at_stage, many
from millwright.loop.prove import Proof, refuse_stops
from millwright.loop.search_limits import most_together, seconds_to_search
from millwright.loop.steps import Steps, inputs_digest
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric
from millwright.models.family import Constraints, Problem
from millwright.models.own_code import OwnCode, read_own
from millwright.records.codec import digest_of, plain_before
from millwright.records.data import Check
from millwright.records.modelling import Candidate, FeaturePlan, Split, Trial, TrialConfig
from millwright.records.rebuilding import Bounds
from millwright.records.running import Run
from millwright.records.spec import SearchSpec
from millwright.registry import trials as catalogue_trials
from millwright.search.bench import SearchProgress, ranked
from millwright.search.crossing import Ties, cross_fitted
from millwright.search.folds import SEALED, Fold, choose_method, load_assignment, make_folds, make_split, repeated_folds
from millwright.search.generating import Bounds as GenerateBounds
from millwright.search.generating import Cells, with_generated
from millwright.search.growing import growing
from millwright.search.growing import most_rows as most_compared
from millwright.search.race import NO_TIME
from millwright.search.run import search
from millwright.search.sampling import room_for, sampled
from millwright.spec.durations import parse_duration, parse_size
from millwright.tasks.task import Task

Array = NDArray[Any]

GENERATE_MOST = 0.1
"""The share of the budget that one of the small fits may take by which it is seen which features are made of others."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What answers, and how the rows were divided: learnt here, or made elsewhere. bounds: which rows counted."""

    split: Split
    assignment: Array
    plan: FeaturePlan
    candidate: Candidate
    trials: tuple[Trial, ...]
    bounds: Bounds = field(default_factory=Bounds)


def learn(
    shop: Workshop,
    run: Run,
    steps: Steps,
    proof: Proof,
    table: Table,
    listen: Listener,
    only: Sequence[TrialConfig] = (),
) -> Lesson:
    """The split, feature and search steps; `only` names the configurations to try instead of the whole portfolio.

    Raises DataRefused where nothing can be learnt.
    """
    spec = shop.spec
    split, assignment = split_rows(shop, steps, proof, table)
    seen = seen_of(proof)
    generate = may_generate(spec.search, only)
    plan = steps.do(
        "features",
        {**seen, "assignment": split.assignment, "data": digest_of(spec.data), **_asked_of_features(spec.search, generate)},
        FeaturePlan,
        lambda: plan_of(shop, table, assignment > SEALED, generate=generate),
        _say_plan,
    )
    inputs: dict[str, str | int] = {
        "plan": digest_of(plan),
        **seen,
        "assignment": split.assignment,
        "search": _identity(spec.search),
    }
    inputs |= {"only": only_digest(only)} if only else {}
    compared = compared_rows(shop, split, plan)
    inputs |= {} if compared is None else {"compared": compared}
    own = own_code(shop, only)
    inputs |= {code.family: code.digest for code in own}
    key = inputs_digest("search", inputs)
    candidate = steps.do(
        "search",
        inputs,
        Candidate,
        lambda: _search(shop, run, table, split, assignment, plan, key, listen, only, own, steps.begun),
        lambda c: _say_search(shop, key, c),
        lambda c: (*c.files.values(), *c.baseline_files.values(), c.out_of_fold),
    )
    with shop.catalogue.read() as view:
        kept = catalogue_trials.of_search(view, key)
    together = (candidate.trial,) if candidate.trial.config.members else ()
    return Lesson(split, assignment, plan, candidate, (*kept, *together), table.bounds)


def own_code(shop: Workshop, only: Sequence[TrialConfig] = ()) -> tuple[OwnCode, ...]:
    """The files of the project's folder that hold estimators to be tried. Raises NotFound, SpecError; see `read_own`."""
    kept = [config.family for one in only for config in one.fitted]
    return read_own(shop.base, kept or shop.spec.search.families)


def only_digest(only: Sequence[TrialConfig]) -> str:
    """The identity of configurations that a search is bound to."""
    return digest_of([plain_before(config, members=(), features="all") for config in only])


def _identity(spec: SearchSpec) -> str:
    """Where trials run is no part of it: the same search may go on elsewhere."""
    anywhere = replace(spec, executor="local", workers=None, ray_address="", price_per_hour=0.0, max_cost=None, rows=None)
    later = {"rows": None, "executor": "local", "workers": None, "ray_address": "", "price_per_hour": 0.0, "max_cost": None}
    asked = {"monotone": {}, "interactions": (), "imbalance": "none", "quantiles": spec.quantiles, "generate": spec.generate}
    return digest_of(plain_before(anywhere, ensemble=None, trials=None, goal=None, **asked, **later))


def _asked_of_features(spec: SearchSpec, generate: bool) -> dict[str, str | bool]:
    """What the features depend on beside the rows: nothing, where nothing is asked of columns, nobody must read them, and
    some may be made of others."""
    columns = [spec.monotone, spec.interactions]
    read = {"plan": "plain"} if spec.goal is not None and spec.goal.interpretable else {}
    asked = {"constraints": digest_of(columns)} if any(columns) else {}
    return {**read, **asked, **({} if generate else {"generate": False})}


def seen_of(proof: Proof) -> dict[str, str]:
    """What the steps after the proof depend on: the rows and what they mean, by digest."""
    return {"snapshot": proof.snapshot.digest, "contract": digest_of(proof.contract)}


def split_rows(shop: Workshop, steps: Steps, proof: Proof, table: Table) -> tuple[Split, Array]:
    """The split step, with its assignment of rows. Raises DataRefused where only the split shows that nothing can be learnt."""
    golden = table.golden.digest if table.golden else None
    asked = {"since": table.since, "sealed": table.holdout, "golden": golden}
    bounds = {name: value for name, value in asked.items() if value is not None}
    most = most_rows(shop, table)
    bounds |= {} if most is None else {"rows": most}
    split = steps.do(
        "split",
        {**seen_of(proof), **bounds, "split": digest_of(shop.spec.split), "data": digest_of(shop.spec.data)},
        Split,
        lambda: split_of(shop, table),
        _say_split,
        lambda s: (s.assignment,),
    )
    assignment = load_assignment(split, shop.blobs)
    refuse_stops(split_checks(shop, table, assignment))
    return split, assignment


def split_checks(shop: Workshop, table: Table, assignment: Array) -> tuple[Check, ...]:
    """What only the split can show: rows or keys that lie on both sides of it."""
    found = duplicate_checks(table.columns, table.contract, shop.spec.data.target, assignment)
    accepted = shop.spec.data.acknowledge
    return tuple(replace(c, acknowledged=c.code in accepted) for c in found if c.code == "duplicates:split")


def most_rows(shop: Workshop, table: Table) -> int | None:
    """How many training rows are learnt from at most; None where the table has no more than that."""
    spec, rows = shop.spec.search, table.snapshot.rows
    most = min(spec.rows or rows, room_for(parse_size(spec.memory), rows, len(table.contract.columns)))
    return most if most < rows else None


def split_of(shop: Workshop, table: Table) -> Split:
    """How the labelled rows are divided, and whether all of those that could be are learnt from."""
    task = table.task
    _refuse_unlabelled(table.y, shop.spec.data.target)
    split, assignment = make_split(
        replace(shop.spec.split, holdout=table.sealed_share),
        y=table.y,
        stratifies=task.stratifies,
        time=table.time,
        known=table.known,
        groups=table.groups,
        duplicates=table.duplicates,
        blobs=shop.blobs,
    )
    most = most_rows(shop, table)
    if most is None:
        return split
    return sampled(split, assignment, most, groups=table.groups, duplicates=table.duplicates, blobs=shop.blobs)


def _refuse_unlabelled(y: Array, target: str) -> None:
    if np.isnan(y).all():
        raise DataRefused(f"no row has a value of the target '{target}'", fix="check data.target", code="target.empty")


def search_metric(shop: Workshop, task: Task) -> Metric:
    """The metric that the search makes better."""
    name = shop.spec.search.metric
    return task.metrics[0] if name == "auto" else metric(name)


def plan_of(shop: Workshop, table: Table, training: Array, *, generate: bool | None = None) -> FeaturePlan:
    """The feature plan of the training rows (a mask). generate: whether features may be made of others; else the spec says."""
    rows, y = take(table.columns, training), table.y[training]
    plan = fit_plan(rows, table.contract, salt=shop.spec.project, y=y, classes=table.classes)
    plan = constrained(plan, asked_of(shop, table))
    spec = shop.spec
    if spec.search.goal is not None and spec.search.goal.interpretable:
        return plain(plan)
    if not (may_generate(spec.search) if generate is None else generate):
        return plan
    method = choose_method(spec.split, table.time is not None, table.groups is not None, table.task.stratifies)
    ties = _ties(shop, table, training, by_time=method == "time")
    seconds = GENERATE_MOST * parse_duration(spec.search.budget).total_seconds()
    cells = Cells(rows, table.contract, ties, y, table.task.name, table.classes)
    return with_generated(plan, cells, GenerateBounds(shop.home.work, spec.search.memory, seconds))


def may_generate(spec: SearchSpec, only: Sequence[TrialConfig] = ()) -> bool:
    """Whether features may be made of others: not where nothing that is tried would see them, and not where something is asked
    of columns, which one of two could take back."""
    blind = bool(only) and all(config.features == "plain" for one in only for config in one.fitted)
    return spec.generate and not (spec.monotone or spec.interactions or blind)


def asked_of(shop: Workshop, table: Table) -> Asked:
    """How columns may count. Raises DataRefused for a column of which that cannot be asked."""
    asked = Asked(shop.spec.search.monotone, shop.spec.search.interactions)
    check_asked(asked, table.contract)
    return asked


def folded_problem(
    shop: Workshop, table: Table, plan: FeaturePlan, split: Split, assignment: Array
) -> tuple[Problem, tuple[Fold, ...]]:
    """The training problem of a split, with all its folds; by time the newest first: what does well there is what is wanted.
    After them those of further divisions of the same rows."""
    folds = make_folds(assignment, split, time=table.time, known=table.known, groups=table.groups)
    folds = folds[::-1] if split.method == "time" else folds
    most = compared_rows(shop, split, plan)
    if most is not None:
        folds = growing(folds, table.y[assignment > SEALED], most, split.seed, stratifies=table.task.stratifies)
        return cross_fitted_problem(shop, table, plan, split, assignment > SEALED, folds)
    folds += repeated_folds(assignment, split, y=table.y, groups=table.groups, duplicates=table.duplicates)
    return cross_fitted_problem(shop, table, plan, split, assignment > SEALED, folds)


def compared_rows(shop: Workshop, split: Split, plan: FeaturePlan) -> int | None:
    """How many rows settings are compared on at most; None where all of them."""
    return most_compared(split.train, len(plan.features), parse_duration(shop.spec.search.budget).total_seconds())


def cross_fitted_problem(
    shop: Workshop, table: Table, plan: FeaturePlan, split: Split, training: Array, folds: Sequence[Fold]
) -> tuple[Problem, tuple[Fold, ...]]:
    """The training problem (a mask of its rows) and its folds, in which no row's features hold its own outcome."""
    columns = take(table.columns, training)
    ties = _ties(shop, table, training, by_time=split.method == "time")
    asked = asked_of(shop, table)
    problem = replace(
        problem_of(table, plan, training),
        constraints=Constraints(monotone_of(plan, asked), groups_of(plan, asked)),
        balanced=shop.spec.search.imbalance == "balanced",
    )
    return cross_fitted(problem, folds, plan, columns, ties)


def _ties(shop: Workshop, table: Table, training: Array, *, by_time: bool) -> Ties:
    """What ties the training rows together."""
    return Ties(
        time=table.time[training] if by_time and table.time is not None else None,
        groups=None if table.groups is None else table.groups[training],
        duplicates=table.duplicates[training],
        seed=shop.spec.split.seed,
    )


def problem_of(table: Table, plan: FeaturePlan, rows: Array) -> Problem:
    """The training problem over the chosen rows (a mask or positions)."""
    return Problem(
        X=BatchEncoder(plan).encode(take(table.columns, rows)),
        y=table.y[rows],
        task=table.task.name,
        classes=len(table.classes),
        features=plan.features,
        categorical=plan.categorical,
        weight=_weight(table, rows),
        layers=plan.layers,
    )


def _weight(table: Table, rows: Array) -> Array | None:
    """How much each of these rows counts, 1 on the mean: in what unit weights are given changes no model."""
    if table.weight is None:
        return None
    weight = table.weight[rows]
    if not weight.any():
        fix = "give rows a weight, or take another split"
        raise DataRefused(
            "every row that may be learnt from has the weight 0", where="data.weight", fix=fix, code="data.weight"
        )
    found: Array = weight / weight.mean()
    return found


def _search(
    shop: Workshop,
    run: Run,
    table: Table,
    split: Split,
    assignment: Array,
    plan: FeaturePlan,
    key: str,
    listen: Listener,
    only: Sequence[TrialConfig],
    own: Sequence[OwnCode],
    begun: float,
) -> Candidate:
    """Search, keeping each trial as it finishes; trials of a killed search are taken up, and their time counts."""
    bags = split.method != "time"  # where later rows matter more, models of earlier folds are no help
    refits = not bags or compared_rows(shop, split, plan) is not None
    spec = replace(shop.spec.search, ensemble=shop.spec.search.ensemble or most_together(by_time=refits))
    with shop.catalogue.read() as view:
        known = catalogue_trials.of_search(view, key)

    def keep(trial: Trial) -> None:
        with shop.catalogue.write() as tx:
            catalogue_trials.keep(tx, key, run.id, trial)

    def tell(progress: SearchProgress) -> None:
        left = max(progress.seconds_left, 0.0)
        listen(
            at_stage(
                "search",
                _said(progress),
                trials=progress.number,
                trials_total=progress.total,
                best=progress.best,
                at_most=left,
            )
        )

    problem, folds = folded_problem(shop, table, plan, split, assignment)
    goal = search_goal(shop, table, plan, assignment > SEALED)
    return search(
        problem,
        folds,
        spec=spec,
        metric=search_metric(shop, table.task),
        seed=shop.spec.split.seed,
        folder=shop.home.work / run.id,
        threads=shop.threads,
        blobs=shop.blobs,
        deadline=seconds_to_search(parse_duration(spec.budget).total_seconds(), time.monotonic() - begun),
        known_trials=known,
        on_trial=keep,
        on_progress=tell,
        only=only,
        bags=bags,
        own=own,
        goal=goal,
    )


def _said(progress: SearchProgress) -> str:
    """What it is at, in words."""
    at = f"fitting the best once more: {progress.config}" if progress.refit else progress.config
    paid = "" if progress.cost is None else f"; cost so far {progress.cost:.4g}"
    return (f"{at}: {progress.note}" if progress.note else at) + paid


def _say_search(shop: Workshop, key: str, candidate: Candidate) -> str:
    """The winner, and whether there was too little time to be sure of it."""
    with shop.catalogue.read() as view:
        tried = catalogue_trials.of_search(view, key)
    said = f"best: {candidate.trial.config.name}, {candidate.metric} {candidate.trial.score:.4f} on validation"
    if candidate.note:
        said = f"{said}; {candidate.note}"
    if candidate.trial.config.members:
        return said
    best = ranked([candidate.trial, *tried], metric(candidate.metric))[0]
    if best.score != candidate.trial.score:
        return f"{said}; {best.config.name} had {best.score:.4f}, but no time was left to fit it once more: raise search.budget"
    late = sum(trial.state == "out_of_time" or trial.reason.endswith(NO_TIME) for trial in tried)
    return f"{said}; {late} of {len(tried)} trials ran out of time: raise search.budget" if late else said


def _say_split(split: Split) -> str:
    until = f", sealed from {split.holdout_from}" if split.holdout_from else ""
    said = f"by {split.method}: {split.train:,} to learn from, {split.holdout:,} sealed{until}"
    return f"{said}; {split.note}" if split.note else said


def _say_plan(plan: FeaturePlan) -> str:
    used = len({column for encoder in plan.encoders for column in encoder.columns})
    dropped = f", {many(len(plan.dropped), 'column')} dropped" if plan.dropped else ""
    made = plan.layers.count("generated")
    generated = f", {made:,} of them made of two others" if made else ""
    return f"{len(plan.features)} features from {used} columns{generated}{dropped}"
