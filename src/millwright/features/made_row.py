"""Generated features of one row: made of two features that are there already. Standard library only.

Equal to the batch (`made_batch`) to the bit: one operation of float64 each, and what is no finite number is missing.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from millwright.errors import PackageRefused
from millwright.records.modelling import Encoder, EncoderKind, FeaturePlan

Make = Callable[["array[float]"], None]
"""Puts features into a vector in which those are that they are made of."""

_KEY = 4096.0
"""More than there are codes of a category: a pair of codes is one number."""


def is_made(encoder: Encoder) -> bool:
    """Whether it is made of features, and not of a cell."""
    return encoder.layer == "generated"


def made_places(plan: FeaturePlan, encoder: Encoder, at: int) -> tuple[int, int]:
    """Where the two features lie that a generated one at place `at` is made of. Raises PackageRefused where they do not."""
    try:
        first, second = (plan.features.index(name) for name in encoder.parts)
    except ValueError as error:
        raise PackageRefused(f"feature {encoder.outputs[0]} is made of none that is there", where="plan.json") from error
    if max(first, second) >= at or {"generated"} & {plan.layers[first], plan.layers[second]}:
        raise PackageRefused(f"feature {encoder.outputs[0]} is made of none that comes before it", where="plan.json")
    return first, second


def makers(plan: FeaturePlan, takes: Callable[[Encoder], bool] | None) -> tuple[Make, ...]:
    """What makes the generated features of a plan, in their order. Raises PackageRefused: it is damaged."""
    found, at = [], 0
    for encoder in plan.encoders:
        if is_made(encoder) and (takes is None or takes(encoder)):
            found.append(_MAKERS[encoder.kind](encoder, at, *made_places(plan, encoder, at)))
        at += len(encoder.outputs)
    return tuple(found)


def pair_table(encoder: Encoder) -> tuple[Mapping[float, Sequence[float]], Sequence[float]]:
    """What each pair of codes, as one number, gives; and what any other pair gives."""
    width = len(encoder.outputs)
    keys = [_key(level) for level in encoder.levels]
    if encoder.kind == "cross":
        return {key: (float(code),) for code, key in enumerate(keys)}, (float(len(keys)),)
    rows = [encoder.values[start : start + width] for start in range(0, len(encoder.values), width)]
    return dict(zip(keys, rows[:-1], strict=True)), rows[-1]


def mean_table(encoder: Encoder) -> tuple[Mapping[float, float], float]:
    """The mean of a number at each code of a category, and that of all rows."""
    return dict(zip(map(float, encoder.levels), encoder.values[:-1], strict=True)), encoder.values[-1]


def spelled(first: float, second: float) -> str:
    """A pair of codes as a level."""
    return f"{int(first)} {int(second)}"


def key_of(first: Any, second: Any) -> Any:
    """Codes, numbers or arrays of them, as one number each pair."""
    return first * _KEY + second


def _key(level: str) -> float:
    first, second = map(float, level.split())
    return float(key_of(first, second))


def _sum(_: Encoder, at: int, first: int, second: int) -> Make:
    def make(vector: "array[float]") -> None:
        made = vector[first] + vector[second]
        if made - made == 0.0:
            vector[at] = made

    return make


def _difference(_: Encoder, at: int, first: int, second: int) -> Make:
    def make(vector: "array[float]") -> None:
        made = vector[first] - vector[second]
        if made - made == 0.0:
            vector[at] = made

    return make


def _product(_: Encoder, at: int, first: int, second: int) -> Make:
    def make(vector: "array[float]") -> None:
        made = vector[first] * vector[second]
        if made - made == 0.0:
            vector[at] = made

    return make


def _ratio(_: Encoder, at: int, first: int, second: int) -> Make:
    def make(vector: "array[float]") -> None:
        below = vector[second]
        if below != 0.0:
            made = vector[first] / below
            if made - made == 0.0:
                vector[at] = made

    return make


def _cross(encoder: Encoder, at: int, first: int, second: int) -> Make:
    table, unlisted = pair_table(encoder)

    def make(vector: "array[float]") -> None:
        one, other = vector[first], vector[second]
        if one == one and other == other:
            for offset, value in enumerate(table.get(key_of(one, other), unlisted), at):
                vector[offset] = value

    return make


def _less_mean(encoder: Encoder, at: int, first: int, second: int) -> Make:
    table, everything = mean_table(encoder)

    def make(vector: "array[float]") -> None:
        code = vector[second]
        if code == code:
            made = vector[first] - table.get(code, everything)
            if made - made == 0.0:
                vector[at] = made

    return make


_MAKERS: Mapping[EncoderKind, Callable[[Encoder, int, int, int], Make]] = {
    "sum": _sum,
    "difference": _difference,
    "product": _product,
    "ratio": _ratio,
    "cross": _cross,
    "cross_frequency": _cross,
    "cross_mean": _cross,
    "less_mean": _less_mean,
}
