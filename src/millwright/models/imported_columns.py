"""Which columns go into which inputs of a graph that was made elsewhere: as a person says, by name, or all numbers."""

import csv
from collections.abc import Mapping, Sequence

from millwright.errors import ModelRefused, nearest
from millwright.models.onnx_facts import OnnxFacts, Tensor
from millwright.records.data import ColumnKind, Contract, ContractColumn
from millwright.records.imported import InputType

TYPES: Mapping[str, InputType] = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64", "tensor(int32)": "int32",
    "tensor(bool)": "bool", "tensor(string)": "string",
}  # fmt: skip
_NUMBERS: tuple[ColumnKind, ...] = ("number", "integer", "boolean", "number_text")
_TAKES: Mapping[InputType, tuple[ColumnKind, ...]] = {
    "float32": _NUMBERS, "float64": _NUMBERS, "int64": ("integer", "boolean"), "int32": ("integer", "boolean"),
    "bool": ("boolean",), "string": ("category",),
}  # fmt: skip
_WHOLE: tuple[InputType, ...] = ("int64", "int32", "bool")


def refuse_kind(taken: Tensor) -> None:
    if taken.type not in TYPES or len(taken.shape) not in (1, 2):
        raise refused(f"its input '{taken.name}' is {_said(taken)}; taken are tensors of numbers or texts, (n, columns) or (n)")
    if taken.shape[0] not in (None, 1):
        raise ModelRefused(
            f"its input '{taken.name}' takes {taken.shape[0]} rows at a time",
            fix="convert it with a free first dimension, such as FloatTensorType([None, f])",
            code="onnx.batch",
        )


def columns_of(
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
                raise no_column(name, contract)
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
                raise refused(f"it has {len(known)} inputs, and '{text}' names none of them", fix)
            name, rest = known[0], text
        found[name] = found.get(name, ()) + tuple(column.strip() for column in next(csv.reader([rest])) if column.strip())
    return found


def _numeric(taken: Tensor, contract: Contract) -> tuple[str, ...]:
    """All numeric features, where there are as many as the input takes."""
    kinds = _TAKES[TYPES[taken.type]]
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
        takes = "one column or more" if width is None else f"{width} column{'' if width == 1 else 's'}"
        given = f"{len(names)}: {_listed(names)}" if names else "none"
        raise ModelRefused(
            f"its input '{taken.name}' takes {takes}, and given are {given}",
            fix="name as many columns as it takes, in its order: --inputs a,b,c",
            code="onnx.columns",
        )


def _refuse_twice(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelRefused(f"column '{twice[0]}' is given twice", fix="name each column once", code="onnx.columns")


def refuse_column(taken: Tensor, column: ContractColumn) -> None:
    """Raise ModelRefused where a column is no feature, or its cells are not what the input takes."""
    kind = TYPES[taken.type]
    if column.role != "feature":
        what = f"column '{column.name}' is no feature here but of the role {column.role}"
        raise ModelRefused(what, fix="a model may look at features alone: see data in millwright.yaml", code="onnx.column")
    if column.kind not in _TAKES[kind]:
        fix = f"columns of the kinds {', '.join(_TAKES[kind])} fit; convert the model for its values, or edit the contract"
        raise no_fit(f"input '{taken.name}' takes {kind}, and column '{column.name}' is of kind {column.kind}", fix)
    if kind == "string" and column.pii:
        fix = "leave it out of the model; its texts would lie in the package"
        raise no_fit(f"column '{column.name}' is personal data, which is kept as hashes", fix)
    if kind in _WHOLE and column.nullable:
        fix = "convert the model with a float input, or say `nullable: false` in the contract where no value is ever missing"
        what = f"input '{taken.name}' takes {kind}, which has no missing value, and column '{column.name}' may lack one"
        raise ModelRefused(what, fix=fix, code="onnx.missing_value")


def _unnamed(taken: Tensor, contract: Contract) -> ModelRefused:
    names = [column.name for column in contract.columns if column.role == "feature"]
    fix = nearest(taken.name, names) or f"features are {_listed(names)}"
    what = f"its input '{taken.name}' is no column of the data"
    return ModelRefused(what, fix=f"{fix}; else name its columns: --inputs '{taken.name}=a,b'", code="onnx.column")


def no_column(name: str, contract: Contract) -> ModelRefused:
    names = [column.name for column in contract.columns if column.role == "feature"]
    return ModelRefused(
        f"the data has no feature '{name}'", fix=nearest(name, names) or f"features are {_listed(names)}", code="onnx.column"
    )


def no_fit(what: str, fix: str = "") -> ModelRefused:
    return ModelRefused(what, fix=fix, code="onnx.column")


def refused(what: str, fix: str = "") -> ModelRefused:
    return ModelRefused(what, fix=fix, code="onnx.input")


def _said(tensor: Tensor) -> str:
    return f"{tensor.type} of {len(tensor.shape)} dimensions"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
