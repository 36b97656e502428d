"""Which number of a graph's output stands for which class: by what it decides, by the names it holds, or as a person says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import ModelRefused
from millwright.models.onnx_facts import OnnxFacts
from millwright.tasks.classes import find_class

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Which numbers of the output are the raw scores, in the order of the classes."""

    columns: tuple[int, ...]
    notes: tuple[str, ...] = ()


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
        raise _unnamed("it does not name its classes", classes)
    order = found or tuple(classes)
    at = {name: place for place, name in enumerate(order)}
    columns = (at[classes[1]],) if len(classes) == 2 else tuple(at[name] for name in classes)
    notes = () if found else (f"it does not name its classes: they are taken in the order {', '.join(classes)}",)
    return Ordered(columns, notes)


def _order(
    facts: OnnxFacts, given: Array, labels: Sequence[str], classes: Sequence[str], stated: Sequence[str]
) -> tuple[str, ...] | None:
    """The class of each number of the output; None where nothing tells."""
    k = given.shape[1]
    seen = _by_labels(given, labels, classes)
    if stated:
        return _stated(stated, classes, seen)
    lists = [names for names in facts.labels if len(names) == k]
    orders = {order for names in lists if (order := _named(names, classes)) is not None}
    if seen is not None:
        orders = {seen}
    if len(orders) == 1:
        return orders.pop()
    strange = [names for names in (*lists, tuple(sorted({*labels} - {""}))) if _are_of_others(names, classes)]
    if orders or strange:
        told = "; ".join(", ".join(names) for names in strange) or "told in several orders"
        what = f"its classes are {told}, those of the target are {', '.join(classes)}"
        raise _unnamed(what, classes)
    return None


def _mean_two_things(classes: Sequence[str]) -> bool:
    """Whether "in order" may be by the alphabet, or the positive class last, and these differ."""
    return len(classes) == 2 and classes[0] > classes[1]


def _stated(stated: Sequence[str], classes: Sequence[str], seen: tuple[str, ...] | None) -> tuple[str, ...]:
    """The order that a person states. Raises ModelRefused where it is none of these classes, or the labels show another."""
    order = _named(stated, classes)
    if order is None:
        what = f"--classes names {', '.join(stated)}; the target has {', '.join(classes)}"
        raise ModelRefused(what, fix="name each of them once, in the order of the model's outputs", code="onnx.classes")
    if seen is not None and seen != order:
        what = f"--classes names {', '.join(stated)}, and by the classes that it decides on the order is {', '.join(seen)}"
        raise ModelRefused(what, fix="leave --classes away", code="onnx.classes")
    return order


def _unnamed(what: str, classes: Sequence[str]) -> ModelRefused:
    return ModelRefused(what, fix=f"name them in the order of its outputs: --classes {','.join(classes)}", code="onnx.classes")


def _named(names: Iterable[str], classes: Sequence[str]) -> tuple[str, ...] | None:
    """The classes that the names mean; None unless each class is named once."""
    found = [find_class(name, classes) for name in names]
    known = tuple(name for name in found if name is not None)
    return known if len(known) == len(found) and sorted(known) == sorted(classes) else None


def _are_of_others(names: Sequence[str], classes: Sequence[str]) -> bool:
    """Whether a name means none of the classes, and is no code (0 to k - 1), which names nothing."""
    codes = {str(code) for code in range(len(classes))}
    return any(find_class(name, classes) is None for name in names) and not codes >= {*names}


def _by_labels(given: Array, labels: Sequence[str], classes: Sequence[str]) -> tuple[str, ...] | None:
    """The order by which the label is always that of the largest number; None where that is not so, or not seen of each."""
    named: dict[int, set[str | None]] = {}
    for row, label in zip(given, labels, strict=True):
        top = np.flatnonzero(row == row.max()).tolist()  # none, where one of them is no number
        if label and len(top) == 1:
            named.setdefault(top[0], set()).add(find_class(label, classes))
    if not named or any(len(found) != 1 or None in found for found in named.values()):
        return None
    order = {place: found.pop() for place, found in named.items()}
    left, free = {*classes} - {*order.values()}, {*range(given.shape[1])} - {*order}
    if len(free) > 1 or len(free) != len(left):
        return None
    order |= dict(zip(free, left, strict=True))
    return tuple(str(order[place]) for place in range(given.shape[1]))


def _refuse_other_side(given: Array, labels: Sequence[str], classes: Sequence[str]) -> None:
    """Raise ModelRefused where the one number of a row is large for the class that is not the positive one."""
    decided = [find_class(label, classes) if label else None for label in labels]
    negative, positive = (np.array([one == wanted for one in decided], dtype=bool) for wanted in classes)
    if positive.any() and negative.any() and given[positive].mean() < given[negative].mean():
        what = f"its one number a row is large where it decides for {classes[0]}, and the positive class is {classes[1]}"
        raise ModelRefused(what, fix=f"set data.positive to {classes[0]}, or convert it with both outputs", code="onnx.classes")
