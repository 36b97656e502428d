"""Which output of a graph that was made elsewhere is its answer, and which of its numbers stands for which class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millwright.errors import ModelRefused, nearest
from millwright.models.imported import BEYOND
from millwright.models.onnx_facts import OnnxFacts, Tensor
from millwright.records.imported import Scores
from millwright.records.modelling import Calibrator
from millwright.records.spec import TaskName
from millwright.tasks.classes import find_class

Array = NDArray[np.float64]

_NUMBERS = ("tensor(float)", "tensor(double)")
_LABELS = ("tensor(int64)", "tensor(string)")
_SUM = 1e-3
"""How far the probabilities of a row may sum to another number than 1: they are rounded to float32, and there may be many."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The output that answers, and the one that names the class it decides on, where there is one."""

    output: str
    labels: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ordered:
    """Which numbers of the output are the raw scores, in the order of the classes."""

    columns: tuple[int, ...]
    notes: tuple[str, ...] = ()


def choose_output(facts: OnnxFacts, task: TaskName, classes: int, asked: str | None) -> Answering:
    """The output as asked, else the only one that fits the task, else the only one of those that is named after probability.

    classes: how many the target has. Raises ModelRefused where none fits, or several do.
    """
    labels = None if task == "regression" else _label_output(facts)
    widths = _widths(task, classes)
    if asked is not None:
        return Answering(_as_asked(facts, asked, widths), labels)
    fit = [output.name for output in facts.outputs if _fits(output, widths)]
    if not fit:
        raise _none_fits(facts, task, widths)
    if len(fit) == 1:
        return Answering(fit[0], labels)
    probable = [name for name in fit if "prob" in name.lower()]
    if task == "regression" or len(probable) != 1:
        fix = f"say which: --output {fit[0]}; several that come from ZipMap become one with {_ZIPMAP}"
        raise ModelRefused(f"several outputs could be its answer: {', '.join(fit)}", fix=fix, code="onnx.outputs")
    others = ", ".join(name for name in fit if name != probable[0])
    return Answering(probable[0], labels, (f"its output {probable[0]} is taken ({others} would fit too)",))


def class_columns(
    facts: OnnxFacts, given: Array, labels: Sequence[str], classes: Sequence[str], stated: Sequence[str]
) -> Ordered:
    """The place of each class among the numbers of the output; given: what it gave for real rows, shape (n, k).

    labels: the class that the graph decided on for each of them, "" where it does not say. The order is that of `stated`, else
    that by which labels follow the largest number, else that of the names of classes in the graph, else that of `classes`,
    and then it is said. A binary target may have one number a row, for the positive class, which comes last in `classes`.
    Raises ModelRefused where the names, or two such orders, do not fit.
    """
    k = given.shape[1]
    if len(classes) == 2 and k == 1:
        _refuse_other_side(given[:, 0], labels, classes)
        return Ordered((0,), (f"its one number a row is taken for class {classes[1]}",))
    found = _order(facts, given, labels, classes, stated)
    if found is None and _mean_two_things(classes):
        fix = f"name them in the order of its outputs: --classes {classes[0]},{classes[1]} or the other way round"
        raise ModelRefused("it does not name its classes", fix=fix, code="onnx.classes")
    order = found or tuple(classes)
    at = {name: place for place, name in enumerate(order)}
    columns = (at[classes[1]],) if len(classes) == 2 else tuple(at[name] for name in classes)
    notes = () if found else (f"it does not name its classes: they are taken in the order {', '.join(classes)}",)
    return Ordered(columns, notes)


def refuse_scores(given: Array, scores: Scores) -> None:
    """Raise ModelRefused where what a graph gave for real rows, shape (n, k), is not what it is taken for."""
    if scores == "raw" and given.shape[1] == 2:
        what = "two raw scores a row have no one meaning: taken are one, the log odds, or probabilities"
        raise ModelRefused(what, fix="convert the model so that it gives probabilities", code="onnx.probability")
    if scores != "probability":
        return
    known = given[np.isfinite(given).all(axis=1)]
    low, high = known.min(initial=0.0), known.max(initial=1.0)
    if low < -BEYOND or high > 1 + BEYOND:
        what = f"its outputs go from {low:.4g} to {high:.4g}, and a probability lies from 0 to 1"
        raise _no_probability(what)
    if given.shape[1] > 1 and len(known) and np.abs(known.sum(axis=1) - 1).max() > _SUM:
        raise _no_probability("the outputs of a row do not sum to 1, as the probabilities of all classes do")


def calibrator_of(task: TaskName, scores: Scores) -> Calibrator:
    """How scores become answers: as they are, or through the plain link where they are raw. Nothing is fitted."""
    if scores != "raw" or task == "regression":
        return Calibrator(kind="identity")
    return Calibrator(kind="sigmoid" if task == "binary" else "softmax")


_ZIPMAP = 'options={"zipmap": False}'


def _widths(task: TaskName, classes: int) -> tuple[int, ...]:
    widths: Mapping[TaskName, tuple[int, ...]] = {"binary": (1, 2), "multiclass": (classes,), "regression": (1,)}
    return widths[task]


def _fits(output: Tensor, widths: Sequence[int]) -> bool:
    if output.type not in _NUMBERS or len(output.shape) not in (1, 2):
        return False
    width = 1 if len(output.shape) == 1 else output.shape[1]
    return width is None or width in widths


def _label_output(facts: OnnxFacts) -> str | None:
    found = [one.name for one in facts.outputs if one.type in _LABELS and (len(one.shape) < 2 or one.shape[1] in (1, None))]
    return found[0] if found else None


def _as_asked(facts: OnnxFacts, asked: str, widths: Sequence[int]) -> str:
    outputs = {output.name: output for output in facts.outputs}
    if asked not in outputs:
        fix = nearest(asked, outputs) or f"there are: {', '.join(outputs)}"
        raise ModelRefused(f"it has no output '{asked}'", fix=fix, code="onnx.output")
    if not _fits(outputs[asked], widths):
        raise _unfit(outputs[asked], widths)
    return asked


def _none_fits(facts: OnnxFacts, task: TaskName, widths: Sequence[int]) -> ModelRefused:
    for output in facts.outputs:
        if output.type.startswith(("seq(", "map(")):
            what = f"its output '{output.name}' is {output.type}: a dictionary for each row, not a tensor"
            return ModelRefused(what, fix=f"convert it without ZipMap: {_ZIPMAP}", code="onnx.zipmap")
    numbers = [output for output in facts.outputs if output.type in _NUMBERS]
    if numbers:
        return _unfit(numbers[0], widths)
    listed = ", ".join(f"{output.name} ({output.type})" for output in facts.outputs)
    return ModelRefused(f"a {task} model gives float32 or float64 numbers; its outputs are {listed}", code="onnx.output")


def _unfit(output: Tensor, widths: Sequence[int]) -> ModelRefused:
    shape = ", ".join("n" if size is None else str(size) for size in output.shape)
    what = f"its output '{output.name}' is {output.type} of shape ({shape}), and the target takes {_spoken(widths)} a row"
    return ModelRefused(what, fix="is it a model of this target? see data.target, data.task", code="onnx.width")


def refuse_width(given: int, task: TaskName, classes: int) -> None:
    """Raise ModelRefused where a row gets more or fewer numbers than the task takes."""
    widths = _widths(task, classes)
    if given not in widths:
        what = f"it gives {given} number{'' if given == 1 else 's'} a row, and the target takes {_spoken(widths)}"
        raise ModelRefused(what, fix="is it a model of this target? see data.target, data.task", code="onnx.width")


def _spoken(widths: Sequence[int]) -> str:
    return " or ".join(map(str, widths)) + (" number" if widths == (1,) else " numbers")


def _no_probability(what: str) -> ModelRefused:
    fix = "where they are raw scores (log odds, logits) say so: --outputs raw; else convert the model so that it gives them"
    return ModelRefused(what, fix=fix, code="onnx.probability")


def _order(
    facts: OnnxFacts, given: Array, labels: Sequence[str], classes: Sequence[str], stated: Sequence[str]
) -> tuple[str, ...] | None:
    """The class of each number of the output; None where nothing tells."""
    if stated:
        return _stated(stated, classes)
    k = given.shape[1]
    lists = [names for names in facts.labels if len(names) == k]
    orders = {order for names in lists if (order := _named(names, classes)) is not None}
    seen = _by_labels(given, labels, classes)
    if seen is not None:
        orders = {seen}
    if len(orders) == 1:
        return orders.pop()
    strange = [names for names in (*lists, tuple(sorted({*labels} - {""}))) if names and not _are_codes(names, k)]
    if orders or any(_named(names, classes) is None for names in strange):
        told = "; ".join(", ".join(names) for names in strange) or "several orders"
        fix = f"name the classes in its order: --classes {','.join(classes)}"
        raise ModelRefused(f"its classes are {told}, those of the target are {', '.join(classes)}", fix=fix, code="onnx.classes")
    return None


def _mean_two_things(classes: Sequence[str]) -> bool:
    """Whether "in order" may be by the alphabet, or the positive class last, and these differ."""
    return len(classes) == 2 and classes[0] > classes[1]


def _stated(stated: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    order = _named(stated, classes)
    if order is None:
        what = f"--classes names {', '.join(stated)}; the target has {', '.join(classes)}"
        raise ModelRefused(what, fix="name each of them once, in the order of the model's outputs", code="onnx.classes")
    return order


def _named(names: Iterable[str], classes: Sequence[str]) -> tuple[str, ...] | None:
    """The classes that the names mean; None unless each class is named once."""
    found = [find_class(name, classes) for name in names]
    known = tuple(name for name in found if name is not None)
    return known if len(known) == len(found) and sorted(known) == sorted(classes) else None


def _are_codes(names: Sequence[str], k: int) -> bool:
    """Whether they are the codes 0 to k - 1, which name nothing."""
    return {*names} <= {str(code) for code in range(k)}


def _by_labels(given: Array, labels: Sequence[str], classes: Sequence[str]) -> tuple[str, ...] | None:
    """The order by which the label is always that of the largest number; None where that is not so, or not seen of each."""
    named: dict[int, set[str | None]] = {}
    for row, label in zip(given, labels, strict=True):
        top = np.flatnonzero(row == row.max()) if np.isfinite(row).all() else ()
        if label and len(top) == 1:
            named.setdefault(int(top[0]), set()).add(find_class(label, classes))
    if not named or any(len(found) != 1 or None in found for found in named.values()):
        return None
    order = {place: found.pop() for place, found in named.items()}
    left, free = [c for c in classes if c not in order.values()], [p for p in range(given.shape[1]) if p not in order]
    if len(free) > 1 or len(free) != len(left):
        return None
    order |= dict(zip(free, left, strict=True))
    return tuple(str(order[place]) for place in range(given.shape[1]))


def _refuse_other_side(given: Array, labels: Sequence[str], classes: Sequence[str]) -> None:
    """Raise ModelRefused where the one number of a row is large for the class that is not the positive one."""
    positive = np.array([find_class(label, classes) == classes[1] if label else False for label in labels])
    negative = np.array([find_class(label, classes) == classes[0] if label else False for label in labels])
    if positive.any() and negative.any() and given[positive].mean() < given[negative].mean():
        what = f"its one number a row is large where it decides for {classes[0]}, and the positive class is {classes[1]}"
        raise ModelRefused(what, fix=f"set data.positive to {classes[0]}, or convert it with both outputs", code="onnx.classes")
