"""The import step: a graph is bound to the columns, asked on real rows, and becomes a candidate like any other."""

import io
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.errors import ModelRefused
from millwright.evaluate.permutation import permutation_importance
from millwright.export.onnx_beside import Beside
from millwright.features.batch import BatchEncoder
from millwright.loop.learn import problem_of
from millwright.loop.searching import search_metric
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.imported import USE, ImportedEvaluator
from millwright.models.imported_classes import class_columns
from millwright.models.imported_inputs import Bound, as_planned, bind, holes
from millwright.models.imported_output import calibrator_of, choose_output, refuse_scores, refuse_width
from millwright.models.onnx_child import Answered, ask_graph
from millwright.models.onnx_evaluator import FILE
from millwright.models.onnx_facts import OnnxFacts
from millwright.models.output import outputs
from millwright.records.codec import digest_of, to_json
from millwright.records.imported import GraphUse, Imported, OnnxChoices
from millwright.records.modelling import Candidate, FeaturePlan, Trial, TrialConfig
from millwright.records.record import record
from millwright.records.spec import VALUES
from millwright.search.folds import SEALED, UNUSED
from millwright.search.portfolio import BASELINE

Array = NDArray[Any]

ASKED_ROWS = 256
"""Real rows that the graph is asked for in the child process, at equal steps."""


@record
class Brought:
    """What the import step leaves."""

    plan: FeaturePlan
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class ModelFile:
    """An ONNX file by its name, what it says of itself, what lies beside it, and what a person says of it."""

    name: str
    content: bytes
    facts: OnnxFacts
    beside: Beside | None
    choices: OnnxChoices

    @property
    def identity(self) -> dict[str, str]:
        """All of it by digest."""
        beside = self.beside.digest if self.beside else ""
        return {"model": self.facts.sha256, "file": self.name, "choices": digest_of(self.choices), "beside": beside}


def bring_in(shop: Workshop, table: Table, assignment: Array, file: ModelFile, reason: str) -> Brought:
    """The candidate of a file. assignment: of the rows to training and sealed ones; only features are looked at of the latter.

    Raises ModelRefused where the graph does not fit the data, or has no answer to a row of it.
    """
    bound = (
        as_planned(file.facts, file.beside.plan, table.contract)
        if file.beside
        else bind(file.facts, table.contract, table.columns, file.choices.inputs)
    )
    encoder, rows = BatchEncoder(bound.plan), np.flatnonzero(assignment != UNUSED)
    training = assignment[rows] > SEALED
    X = np.ascontiguousarray(encoder.encode(take(table.columns, rows)))
    use, notes = _tried(file, bound, table, X[training])
    evaluator = ImportedEvaluator(file.content, use)
    scores = evaluator.scores(X)
    _refuse_unanswered(scores, X, rows, bound.plan)
    origin = _origin(file, reason, use, (*bound.notes, *notes))
    problem = problem_of(table, bound.plan, rows[training])
    candidate = _candidate(shop, table, use, scores[training], origin, problem)
    return Brought(plan=bound.plan, candidate=replace(candidate, importance=_importance(shop, table, evaluator, use, problem)))


def _importance(
    shop: Workshop, table: Table, evaluator: ImportedEvaluator, use: GraphUse, problem: Problem
) -> tuple[tuple[str, float], ...]:
    """How much each feature counts, on rows that are not sealed."""
    calibrator = calibrator_of(table.task.name, use.scores)
    return permutation_importance(
        lambda X: outputs(calibrator, evaluator.scores(X)),
        problem.X,
        problem.y,
        problem.features,
        search_metric(shop, table.task),
        shop.spec.split.seed,
    )


def _tried(file: ModelFile, bound: Bound, table: Table, X: Array) -> tuple[GraphUse, tuple[str, ...]]:
    """How the graph is used, once it was asked in a child process on real rows, and on rows that may come one day."""
    task, classes, choices = table.task.name, table.classes, file.choices
    asked = choices.output or (file.beside.output if file.beside else None)
    answering = choose_output(file.facts, task, len(classes), asked)
    use = GraphUse(
        features=len(bound.plan.features),
        inputs=bound.inputs,
        output=answering.output,
        scores="value" if task in VALUES else choices.outputs,
        given=0,
        columns=(),
        missing_text=choices.missing_text,
        unseen_text=bound.unseen_text,
    )
    real = X[np.unique(np.linspace(0, len(X) - 1, min(len(X), ASKED_ROWS)).astype(int))]
    odd, words = holes(bound.plan, table.contract, real)
    answered = ask_graph(file.content, use, np.vstack([real, odd]), answering.labels)
    given = _numbers(answered, len(real), words)
    refuse_width(given.shape[1], task, len(classes))
    refuse_scores(given, use.scores)
    if task in VALUES:
        return replace(use, given=1, columns=(0,)), answering.notes
    stated = choices.classes or (_stated(file.beside, table) if file.beside else ())
    ordered = class_columns(file.facts, given, answered.labels[: len(real)], classes, stated)
    return replace(use, given=given.shape[1], columns=ordered.columns), (*answering.notes, *ordered.notes)


def _numbers(answered: Answered, real: int, words: list[str]) -> Array:
    """What was given for the real rows, shape (real, k). Raises ModelRefused where a row, real or odd, got no answer."""
    for at, why in enumerate(answered.failed):
        if why and at < real:
            raise ModelRefused(f"it has no answer to a row of the data: {why}", code="onnx.answer")
    for why, numbers, what in zip(answered.failed[real:], answered.outputs[real:], words, strict=True):
        if why or not np.isfinite(numbers).all():
            said = why or "what it gives is no number"
            raise ModelRefused(f"it has no answer to a row of which {what}: {said}", fix=_FIX, code="onnx.gap")
    widths = {len(numbers) for numbers in answered.outputs[:real]}
    if len(widths) != 1:
        raise ModelRefused("it gives more numbers for some rows than for others", code="onnx.width")
    return np.array(answered.outputs[:real], np.float64)


_FIX = (
    'let the model impute, and encode with handle_unknown="ignore"; where a column never lacks a value, say '
    "`nullable: false` in the contract"
)


def _stated(beside: Beside, table: Table) -> tuple[str, ...]:
    """The classes in the order of an exported graph. Raises ModelRefused where they are not those of the target."""
    info = beside.info
    if (info.task, info.classes) != (table.task.name, table.classes):
        theirs = f"{info.task} model of {info.target}" + (f" ({', '.join(info.classes)})" if info.classes else "")
        ours = f"{table.task.name}" + (f" ({', '.join(table.classes)})" if table.classes else "")
        raise ModelRefused(f"it was exported as a {theirs}; the target here is {ours}", code="onnx.classes")
    return info.classes


def _refuse_unanswered(scores: Array, X: Array, rows: Array, plan: FeaturePlan) -> None:
    lacking = np.isnan(scores).any(axis=1)
    if not lacking.any():
        return
    first = int(np.argmax(lacking))
    without = [name for name, value in zip(plan.features, X[first].tolist(), strict=True) if math.isnan(value)]
    missing = f", which has no {', '.join(without[:5])}" if without else ""
    what = f"it has no answer to {int(lacking.sum()):,} of {len(X):,} rows; the first is row {int(rows[first]) + 1:,}{missing}"
    raise ModelRefused(what, fix=_FIX, code="onnx.nan")


def _origin(file: ModelFile, reason: str, use: GraphUse, notes: tuple[str, ...]) -> Imported:
    facts = file.facts
    return Imported(
        file=file.name,
        sha256=facts.sha256,
        size=facts.size,
        producer=facts.producer,
        graph=facts.graph,
        ir_version=facts.ir_version,
        opsets=facts.opsets,
        metadata=facts.metadata,
        scores=use.scores,
        reason=reason,
        notes=notes,
    )


def _candidate(shop: Workshop, table: Table, use: GraphUse, scores: Array, origin: Imported, problem: Problem) -> Candidate:
    """The file as a candidate, beside a baseline of the training rows; scores: the file's own, of the training rows."""
    fitted = family(BASELINE).fit(problem, {}, valid=None, seed=0, keep_going=lambda: True)
    kept = io.BytesIO()
    np.save(kept, scores, allow_pickle=False)
    blobs = shop.blobs
    return Candidate(
        trial=_trial(2, TrialConfig(name=origin.file, family="imported")),
        baseline=_trial(1, TrialConfig(name=BASELINE, family=BASELINE)),
        evaluator="imported",
        files={FILE: origin.sha256, USE: blobs.put(to_json(use))},
        baseline_evaluator=fitted.evaluator,
        baseline_files={name: blobs.put(content) for name, content in fitted.files.items()},
        out_of_fold=blobs.put(kept.getvalue()),
        metric=search_metric(shop, table.task).name,
        imported=origin,
    )


def _trial(number: int, config: TrialConfig) -> Trial:
    """Nothing was fitted on folds, so there is no score."""
    return Trial(number=number, config=config, state="finished", score=None)
