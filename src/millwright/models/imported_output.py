"""Which output of a graph that was made elsewhere is its answer, and whether its numbers are what they are taken for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import ModelRefused, nearest
from millwright.models.imported import BEYOND
from millwright.models.onnx_facts import OnnxFacts, Tensor
from millwright.records.imported import Scores
from millwright.records.modelling import Calibrator
from millwright.records.spec import SEVERAL, VALUES, TaskName

Array = NDArray[Any]

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


def choose_output(facts: OnnxFacts, task: TaskName, classes: int, asked: str | None) -> Answering:
    """The output as asked, else the only one that fits the task, else the only one of those that is named after probability.

    classes: how many the target has. Raises ModelRefused where none fits, or several do.
    """
    labels = None if task in VALUES else _label_output(facts)
    widths = _widths(task, classes)
    if asked is not None:
        return Answering(_as_asked(facts, asked, widths), labels)
    fit = [output.name for output in facts.outputs if _fits(output, widths)]
    if not fit:
        raise _none_fits(facts, task, widths)
    if len(fit) == 1:
        return Answering(fit[0], labels)
    probable = [name for name in fit if "prob" in name.lower()]
    if task in VALUES or len(probable) != 1:
        fix = f"say which: --output {fit[0]}; several that come from ZipMap become one with {_ZIPMAP}"
        raise ModelRefused(f"several outputs could be its answer: {', '.join(fit)}", fix=fix, code="onnx.outputs")
    others = ", ".join(name for name in fit if name != probable[0])
    return Answering(probable[0], labels, (f"its output {probable[0]} is taken ({others} would fit too)",))


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
    if scores != "raw" or task in VALUES:
        return Calibrator(kind="identity")
    return Calibrator(kind="sigmoid" if task == "binary" else "softmax")


_ZIPMAP = 'options={"zipmap": False}'


def _widths(task: TaskName, classes: int) -> tuple[int, ...]:
    if task in SEVERAL:
        return (classes,)
    return (1, 2) if task == "binary" else (1,)


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
