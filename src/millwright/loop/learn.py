"""Learn: split, features, search."""

from collections.abc import Mapping, Sequence
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
from millwright.loop.order import ANEW, Kept
from millwright.loop.progress import Listener, many
from millwright.loop.prove import Proof, refuse_stops
from millwright.loop.searching import Searched
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.family import Constraints, Problem
from millwright.records.codec import digest_of
from millwright.records.data import Check
from millwright.records.modelling import Candidate, Encoder, FeaturePlan, PayloadInfo, Split, Trial, TrialConfig
from millwright.records.rebuilding import Bounds
from millwright.records.running import Run
from millwright.records.spec import SearchSpec
from millwright.search.crossing import Ties, cross_fitted
from millwright.search.folds import SEALED, Fold, choose_method, load_assignment, make_folds, make_split, repeated_folds
from millwright.search.generating import Bounds as GenerateBounds
from millwright.search.generating import Cells, with_generated, with_made
from millwright.search.growing import growing
from millwright.search.growing import most_rows as most_compared
from millwright.search.sampling import room_for, sampled
from millwright.search.scratch import put_aside
from millwright.spec.durations import parse_duration, parse_size
from millwright.stores.durable import make_folder

Array = NDArray[Any]

GENERATE_MOST = 0.1
"""The share of the budget that one of the small fits may take by which it is seen which features are made of others."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What answers, and how the rows were divided: learnt here, or made elsewhere. bounds: which rows counted. bound: whether
    its settings were given, so that none were chosen by how they did on these rows. refit: the same learnt once more from all
    rows, where that ships. like: of a refit, the payload that was judged: it is calibrated as that is, since no fit of its own
    says anything of rows that it has not seen."""

    split: Split
    assignment: Array
    plan: FeaturePlan
    candidate: Candidate
    trials: tuple[Trial, ...]
    bounds: Bounds = field(default_factory=Bounds)
    bound: bool = False
    refit: "Lesson | None" = None
    like: PayloadInfo | None = None

    @property
    def packed(self) -> "Lesson":
        """The one whose model ships."""
        return self.refit or self


def learn(
    shop: Workshop,
    run: Run,
    steps: Steps,
    proof: Proof,
    table: Table,
    listen: Listener,
    kept: Kept = ANEW,
    *,
    once_more: bool = False,
) -> Lesson:
    """The split, feature and search steps; `kept` names the configurations to try instead of the whole portfolio, and how
    features are made of others. once_more: whether what is found is fitted once more before it ships.
    Raises DataRefused where nothing can be learnt.
    """
    split, assignment = split_rows(shop, steps, proof, table)
    made = () if not may_generate(shop.spec.search, kept.only) else kept.made
    seen = {**seen_of(proof), "assignment": split.assignment}
    plan = planned(shop, steps, table, assignment, seen, made)
    compared = compared_rows(shop, split, plan)
    identity = seen | ({} if compared is None else {"compared": compared})
    work = Searched(shop, run, table, split, assignment, plan, kept.only, identity, once_more)
    candidate, trials = work.done(steps, listen, lambda: folded_problem(shop, table, plan, split, assignment))
    bounds = table.bounds if made is None else replace(table.bounds, made=tuple(made))
    return Lesson(split, assignment, plan, candidate, trials, bounds, bound=bool(kept.only))


def planned(
    shop: Workshop,
    steps: Steps,
    table: Table,
    assignment: Array,
    seen: Mapping[str, str],
    made: Sequence[Encoder] | None,
) -> FeaturePlan:
    """The features step. seen: the digests of what was proven, and of the assignment; made: how features are made of others."""
    return steps.do(
        "features",
        {**seen, "data": digest_of(shop.spec.data), **_asked_of_features(shop.spec.search, made)},
        FeaturePlan,
        lambda: plan_of(shop, table, assignment > SEALED, made),
        _say_plan,
    )


def _asked_of_features(spec: SearchSpec, made: Sequence[Encoder] | None) -> dict[str, str | bool]:
    """What the features depend on beside the rows: nothing, where nothing is asked of columns, nobody must read them, and
    some may be made of others as the rows say."""
    columns = [spec.monotone, spec.interactions]
    read = {"plan": "plain"} if spec.goal is not None and spec.goal.interpretable else {}
    asked = {"constraints": digest_of(columns)} if any(columns) else {}
    if made is None:
        return {**read, **asked}
    return {**read, **asked, **({"made": digest_of(made)} if made else {"generate": False})}


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
        enough=table.enough_sealed,
        blobs=shop.blobs,
    )
    most = most_rows(shop, table)
    if most is None:
        return split
    return sampled(split, assignment, most, groups=table.groups, duplicates=table.duplicates, blobs=shop.blobs)


def _refuse_unlabelled(y: Array, target: str) -> None:
    if np.isnan(y).all():
        raise DataRefused(f"no row has a value of the target '{target}'", fix="check data.target", code="target.empty")


def plan_of(shop: Workshop, table: Table, training: Array, made: Sequence[Encoder] | None = None) -> FeaturePlan:
    """The feature plan of the training rows (a mask). made: how features are made of others, as far as those are there; None:
    as the rows say, where the spec lets them."""
    rows, y = take(table.columns, training), table.y[training]
    plan = fit_plan(rows, table.contract, salt=shop.spec.project, y=y, classes=table.classes)
    plan = constrained(plan, asked_of(shop, table))
    spec = shop.spec
    if spec.search.goal is not None and spec.search.goal.interpretable:
        return plain(plan)
    if made is None and not may_generate(spec.search):
        return plan
    method = choose_method(spec.split, table.time is not None, table.groups is not None, table.task.stratifies)
    ties = _ties(shop, table, training, by_time=method == "time")
    cells = Cells(rows, table.contract, ties, y, table.task.name, table.classes)
    if made is not None:
        return with_made(plan, cells, made)
    seconds = GENERATE_MOST * parse_duration(spec.search.budget).total_seconds()
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
    problem, folds = cross_fitted(problem, folds, plan, columns, ties)
    return put_aside(problem, make_folder(shop.home.work)), folds


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
