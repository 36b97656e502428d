"""Which columns go into which inputs of a graph that was made elsewhere, and the feature plan that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from millwright.data.columns import Columns
from millwright.models.imported_columns import TYPES, columns_of, no_column, no_fit, refuse_column, refuse_kind, refused
from millwright.models.onnx_facts import OnnxFacts
from millwright.records.data import ColumnKind, Contract, ContractColumn
from millwright.records.imported import GraphInput
from millwright.records.modelling import Encoder, EncoderKind, FeaturePlan

MOST_LEVELS = 100_000
NO_INPUT = "the imported model has no input for it"
_KINDS: Mapping[ColumnKind, EncoderKind] = {
    "number": "number", "integer": "number", "boolean": "boolean", "number_text": "number_text", "category": "category",
}  # fmt: skip
_UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Bound:
    """How cells become features (the plan), and features what a graph takes. notes: what was settled without being asked."""

    plan: FeaturePlan
    inputs: tuple[GraphInput, ...]
    unseen_text: str
    notes: tuple[str, ...]


def bind(facts: OnnxFacts, contract: Contract, columns: Columns, asked: Sequence[str]) -> Bound:
    """The columns of each input: as asked ("a,b,c" for the only input, "input=a,b,c" for one of several), else by name, else
    all numeric columns where their number fits. columns: the rows at hand, whose texts are the levels of text inputs.

    Raises ModelRefused: an input of a kind that is not taken, a column that is not there, is no feature or does not fit.
    """
    for taken in facts.inputs:
        refuse_kind(taken)
    given, notes = columns_of(facts, contract, asked)
    known = {column.name: column for column in contract.columns}
    for taken in facts.inputs:
        for name in given[taken.name]:
            refuse_column(taken, known[name])
    _refuse_apart(facts)
    names = [name for taken in facts.inputs for name in given[taken.name]]
    levels = {name: _levels(name, columns, facts) for name in names if known[name].kind == "category"}
    plan = _plan([known[name] for name in names], levels, contract)
    return Bound(plan, tuple(_inputs(facts, given, levels)), _unseen(levels), notes)


def as_planned(facts: OnnxFacts, plan: FeaturePlan, contract: Contract) -> Bound:
    """The plan that came with a graph that Millwright exported, where this contract has its columns, of the same kind."""
    if len(facts.inputs) != 1 or len(facts.inputs[0].shape) != 2 or facts.inputs[0].shape[1] not in (None, len(plan.features)):
        raise no_fit(f"the graph does not take the {len(plan.features)} features that the file beside it describes")
    refuse_kind(facts.inputs[0])
    known = {column.name: column for column in contract.columns}
    for encoder in (encoder for encoder in plan.encoders if encoder.layer != "generated"):
        column = known.get(encoder.column)
        if column is None or column.role not in ("feature", "time"):
            raise no_column(encoder.column, contract)
        if encoder.kind not in _ENCODED[column.kind]:
            raise no_fit(f"column '{column.name}' is of kind {column.kind} here; the plan takes it as {encoder.kind}")
    taken = facts.inputs[0]
    given = GraphInput(name=taken.name, type=TYPES[taken.type], rank=2, places=tuple(range(len(plan.features))))
    return Bound(plan, (given,), "", ("its feature plan is the one that was exported with it",))


_ENCODED: Mapping[ColumnKind, tuple[EncoderKind, ...]] = {
    "number": ("number",),
    "integer": ("number",),
    "boolean": ("boolean", "number"),
    "number_text": ("number_text",),
    "category": ("category", "frequency", "mean", "truth", "words", "word_means", "pieces", "items"),
    "text": ("text", "words", "word_means", "pieces", "items"),
    "date": ("date", "cycle"),
}


def _refuse_apart(facts: OnnxFacts) -> None:
    if facts.text_operators and any(TYPES[taken.type] == "string" for taken in facts.inputs):
        what = f"it takes texts apart ({', '.join(facts.text_operators)})"
        raise refused(what, "a text goes in by its code, so a graph may look texts up (OneHotEncoder, OrdinalEncoder), no more")


def _levels(name: str, columns: Columns, facts: OnnxFacts) -> tuple[str, ...]:
    """Every text that the data or the graph knows. Nothing is learnt by it: a code stands for its text, and no more."""
    found = {*facts.texts, *(cell for cell in columns[name].tolist() if cell is not None)}
    if len(found) > MOST_LEVELS:
        raise no_fit(f"column '{name}' has {len(found):,} different texts, and {MOST_LEVELS:,} are the most")
    return tuple(sorted(found))


def _plan(columns: Sequence[ContractColumn], levels: Mapping[str, tuple[str, ...]], contract: Contract) -> FeaturePlan:
    used = [column.name for column in columns]
    encoders = tuple(
        Encoder(column=column.name, kind=_KINDS[column.kind], outputs=(column.name,), levels=levels.get(column.name, ()))
        for column in columns
    )
    left = [column.name for column in contract.columns if column.role == "feature" and column.name not in used]
    return FeaturePlan(
        encoders=encoders,
        features=tuple(used),
        categorical=tuple(at for at, column in enumerate(columns) if column.kind == "category"),
        zone=contract.zone,
        dropped=tuple((name, NO_INPUT) for name in left),
    )


def _inputs(facts: OnnxFacts, given: Mapping[str, tuple[str, ...]], levels: Mapping[str, tuple[str, ...]]) -> list[GraphInput]:
    inputs, at = [], 0
    for taken in facts.inputs:
        names = given[taken.name]
        inputs.append(
            GraphInput(
                name=taken.name,
                type=TYPES[taken.type],
                rank=len(taken.shape),
                places=tuple(range(at, at + len(names))),
                levels=tuple(levels[name] for name in names if name in levels),
            )
        )
        at += len(names)
    return inputs


def _unseen(levels: Mapping[str, tuple[str, ...]]) -> str:
    """A text that no column and no constant of the graph has."""
    known = {level for found in levels.values() for level in found}
    text = _UNSEEN
    while text in known:
        text += "'"
    return text


def holes(plan: FeaturePlan, contract: Contract, X: Any) -> tuple[Any, list[str]]:
    """Rows that may come one day, made of the first row of X (n, f): one for each feature that may be missing, without it,
    and one for each text, with a text never seen; and in words what each of them is."""
    known = {column.name: column for column in contract.columns}
    made, words = [], []
    for encoder in plan.encoders:
        places = [plan.features.index(name) for name in encoder.outputs]
        made += [(places, np.nan) for column in encoder.columns if known[column].nullable]
        words += [f"column '{column}' has no value" for column in encoder.columns if known[column].nullable]
        if encoder.kind == "category":
            made.append((places, float(len(encoder.levels))))
            words.append(f"column '{encoder.column}' has a value never seen before")
    rows = np.repeat(X[:1], len(made), axis=0)
    for row, (places, value) in zip(rows, made, strict=True):
        row[places] = value
    return rows, words
