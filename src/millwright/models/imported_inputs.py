"""Which columns go into which inputs of a graph that was made elsewhere, and the feature plan that follows from it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from millwright.data.columns import Columns
from millwright.errors import ModelRefused, nearest
from millwright.models.onnx_facts import OnnxFacts, Tensor
from millwright.records.data import ColumnKind, Contract, ContractColumn
from millwright.records.imported import GraphInput, InputType
from millwright.records.modelling import Encoder, EncoderKind, FeaturePlan

MOST_LEVELS = 100_000
NO_INPUT = "the imported model has no input for it"
_TYPES: Mapping[str, InputType] = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64", "tensor(int32)": "int32",
    "tensor(bool)": "bool", "tensor(string)": "string",
}  # fmt: skip
_NUMBERS: tuple[ColumnKind, ...] = ("number", "integer", "boolean", "number_text")
_TAKES: Mapping[InputType, tuple[ColumnKind, ...]] = {
    "float32": _NUMBERS, "float64": _NUMBERS, "int64": ("integer", "boolean"), "int32": ("integer", "boolean"),
    "bool": ("boolean",), "string": ("category",),
}  # fmt: skip
_WHOLE: tuple[InputType, ...] = ("int64", "int32", "bool")
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
        _refuse_kind(taken)
    given, notes = _columns_of(facts, contract, asked)
    known = {column.name: column for column in contract.columns}
    for taken in facts.inputs:
        for name in given[taken.name]:
            _refuse_column(taken, known[name])
    _refuse_apart(facts)
    names = [name for taken in facts.inputs for name in given[taken.name]]
    levels = {name: _levels(name, columns, facts) for name in names if known[name].kind == "category"}
    plan = _plan([known[name] for name in names], levels, contract)
    return Bound(plan, tuple(_inputs(facts, given, levels)), _unseen(levels), notes)


def as_planned(facts: OnnxFacts, plan: FeaturePlan, contract: Contract) -> Bound:
    """The plan that came with a graph that Millwright exported, where this contract has its columns, of the same kind."""
    if len(facts.inputs) != 1 or len(facts.inputs[0].shape) != 2 or facts.inputs[0].shape[1] not in (None, len(plan.features)):
        raise _no_fit(f"the graph does not take the {len(plan.features)} features that the file beside it describes")
    _refuse_kind(facts.inputs[0])
    known = {column.name: column for column in contract.columns}
    for encoder in plan.encoders:
        column = known.get(encoder.column)
        if column is None or column.role not in ("feature", "time"):
            raise _no_column(encoder.column, contract)
        if encoder.kind not in _ENCODED[column.kind]:
            raise _no_fit(f"column '{column.name}' is of kind {column.kind} here; the plan takes it as {encoder.kind}")
    taken = facts.inputs[0]
    given = GraphInput(name=taken.name, type=_TYPES[taken.type], rank=2, places=tuple(range(len(plan.features))))
    return Bound(plan, (given,), "", ("its feature plan is the one that was exported with it",))


_ENCODED: Mapping[ColumnKind, tuple[EncoderKind, ...]] = {
    "number": ("number",),
    "integer": ("number",),
    "boolean": ("boolean", "number"),
    "number_text": ("number_text",),
    "category": ("category", "frequency"),
    "text": ("text",),
    "date": ("date",),
}


def _refuse_kind(taken: Tensor) -> None:
    if taken.type not in _TYPES or len(taken.shape) not in (1, 2):
        raise _refused(f"its input '{taken.name}' is {_said(taken)}; taken are tensors of numbers or texts, (n, columns) or (n)")
    if taken.shape[0] not in (None, 1):
        raise ModelRefused(
            f"its input '{taken.name}' takes {taken.shape[0]} rows at a time",
            fix="convert it with a free first dimension, such as FloatTensorType([None, f])",
            code="onnx.batch",
        )


def _columns_of(
    facts: OnnxFacts, contract: Contract, asked: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The columns of each input by its name, and what is to be said of it."""
    names = [column.name for column in contract.columns]
    given = _asked(facts, asked)
    notes: tuple[str, ...] = ()
    for taken in facts.inputs:
        if taken.name in given:
            continue
        if _width(taken) in (1, None) and taken.name in names:
            given[taken.name] = (taken.name,)
        elif len(facts.inputs) == 1:
            given[taken.name] = _numeric(taken, contract)
            notes = (f"its {len(given[taken.name])} inputs are taken for {', '.join(given[taken.name])}",)
        else:
            raise _unnamed(taken, contract)
    for taken in facts.inputs:
        _refuse_width(taken, given[taken.name])
        for name in given[taken.name]:
            if name not in names:
                raise _no_column(name, contract)
    _refuse_twice([name for columns in given.values() for name in columns])
    return given, notes


def _asked(facts: OnnxFacts, asked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    known = [taken.name for taken in facts.inputs]
    found: dict[str, tuple[str, ...]] = {}
    for text in asked:
        name, equals, rest = text.partition("=")
        if not equals or name not in known:
            if len(known) > 1:
                fix = f"say which: --inputs '{known[0]}={text}'; the inputs are {_listed(known)}"
                raise _refused(f"it has {len(known)} inputs, and '{text}' names none of them", fix)
            name, rest = known[0], text
        found[name] = found.get(name, ()) + tuple(column.strip() for column in next(csv.reader([rest])) if column.strip())
    return found


def _numeric(taken: Tensor, contract: Contract) -> tuple[str, ...]:
    """All numeric features, where there are as many as the input takes."""
    kinds = _TAKES[_TYPES[taken.type]]
    names = tuple(column.name for column in contract.columns if column.role == "feature" and column.kind in kinds)
    if _width(taken) != len(names):
        many = "any number of" if _width(taken) is None else str(_width(taken))
        raise ModelRefused(
            f"its input '{taken.name}' takes {many} columns, of which the file does not say the names",
            fix=f"name them in its order: --inputs a,b,c; there are {len(names)} numeric features: {_listed(names)}",
            code="onnx.columns",
        )
    return names


def _width(taken: Tensor) -> int | None:
    return 1 if len(taken.shape) == 1 else taken.shape[1]


def _refuse_width(taken: Tensor, names: Sequence[str]) -> None:
    width = _width(taken)
    if not names or width not in (None, len(names)):
        many = "no column" if not names else f"{len(names)} column{'s' if len(names) > 1 else ''}"
        raise ModelRefused(
            f"its input '{taken.name}' takes {width if width is not None else 'at least 1'}, and {many} given: {_listed(names)}",
            fix="name as many columns as it takes, in its order: --inputs a,b,c",
            code="onnx.columns",
        )


def _refuse_twice(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelRefused(f"column '{twice[0]}' is given twice", fix="name each column once", code="onnx.columns")


def _refuse_column(taken: Tensor, column: ContractColumn) -> None:
    """Raise ModelRefused where a column is no feature, or its cells are not what the input takes."""
    kind = _TYPES[taken.type]
    if column.role != "feature":
        what = f"column '{column.name}' is no feature here but of the role {column.role}"
        raise ModelRefused(what, fix="a model may look at features alone: see data in millwright.yaml", code="onnx.column")
    if column.kind not in _TAKES[kind]:
        fix = f"columns of the kinds {', '.join(_TAKES[kind])} fit; convert the model for its values, or edit the contract"
        raise _no_fit(f"input '{taken.name}' takes {kind}, and column '{column.name}' is of kind {column.kind}", fix)
    if kind == "string" and column.pii:
        fix = "leave it out of the model; its texts would lie in the package"
        raise _no_fit(f"column '{column.name}' is personal data, which is kept as hashes", fix)
    if kind in _WHOLE and column.nullable:
        fix = "convert the model with a float input, or say `nullable: false` in the contract where no value is ever missing"
        what = f"input '{taken.name}' takes {kind}, which has no missing value, and column '{column.name}' may lack one"
        raise ModelRefused(what, fix=fix, code="onnx.missing_value")


def _refuse_apart(facts: OnnxFacts) -> None:
    if facts.text_operators and any(_TYPES[taken.type] == "string" for taken in facts.inputs):
        what = f"it takes texts apart ({', '.join(facts.text_operators)})"
        raise _refused(what, "a text goes in by its code, so a graph may look texts up (OneHotEncoder, OrdinalEncoder), no more")


def _levels(name: str, columns: Columns, facts: OnnxFacts) -> tuple[str, ...]:
    """Every text that the data or the graph knows. Nothing is learnt by it: a code stands for its text, and no more."""
    found = {*facts.texts, *(cell for cell in columns[name].tolist() if cell is not None)}
    if len(found) > MOST_LEVELS:
        raise _no_fit(f"column '{name}' has {len(found):,} different texts, and {MOST_LEVELS:,} are the most")
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
                type=_TYPES[taken.type],
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


def _unnamed(taken: Tensor, contract: Contract) -> ModelRefused:
    names = [column.name for column in contract.columns if column.role == "feature"]
    fix = nearest(taken.name, names) or f"features are {_listed(names)}"
    what = f"its input '{taken.name}' is no column of the data"
    return ModelRefused(what, fix=f"{fix}; else name its columns: --inputs '{taken.name}=a,b'", code="onnx.column")


def _no_column(name: str, contract: Contract) -> ModelRefused:
    names = [column.name for column in contract.columns if column.role == "feature"]
    return ModelRefused(
        f"the data has no feature '{name}'", fix=nearest(name, names) or f"features are {_listed(names)}", code="onnx.column"
    )


def _no_fit(what: str, fix: str = "") -> ModelRefused:
    return ModelRefused(what, fix=fix, code="onnx.column")


def _refused(what: str, fix: str = "") -> ModelRefused:
    return ModelRefused(what, fix=fix, code="onnx.input")


def _said(tensor: Tensor) -> str:
    return f"{tensor.type} of {len(tensor.shape)} dimensions"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def holes(plan: FeaturePlan, contract: Contract, X: Any) -> tuple[Any, list[str]]:
    """Rows that may come one day, made of the first row of X (n, f): one for each feature that may be missing, without it,
    and one for each text, with a text never seen; and in words what each of them is."""
    known = {column.name: column for column in contract.columns}
    made, words = [], []
    for encoder in plan.encoders:
        places = [plan.features.index(name) for name in encoder.outputs]
        if known[encoder.column].nullable:
            made.append((places, np.nan))
            words.append(f"column '{encoder.column}' has no value")
        if encoder.kind == "category":
            made.append((places, float(len(encoder.levels))))
            words.append(f"column '{encoder.column}' has a value never seen before")
    rows = np.repeat(X[:1], len(made), axis=0)
    for row, (places, value) in zip(rows, made, strict=True):
        row[places] = value
    return rows, words
