"""What could be made of two plain features: arithmetic of two numbers, crosses of two categories, a number less its mean.

Trees split on one feature at a time and see such things late, with many rows or not at all; which of these candidates say
something that a model does not see is asked in `screening`. Those of personal data are none: their tables would be kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from millwright.features.made_tables import CROSSES
from millwright.records.data import Contract
from millwright.records.modelling import Encoder, EncoderKind, FeaturePlan

MOST_NUMBERS, MOST_CATEGORIES = 12, 8
"""Features that candidates are made of: those that a model of these rows asks most."""
_SIGNS: Mapping[EncoderKind, str] = {"sum": "+", "difference": "-", "product": "*", "ratio": "/"}
_NUMBER_PARTS = ("days", "hour", "minute_of_day")


@dataclass(frozen=True, slots=True)
class Source:
    """A plain feature: its place, its name and its column."""

    place: int
    name: str
    column: str


def sources(plan: FeaturePlan, contract: Contract, importance: Mapping[str, float]) -> tuple[list[Source], list[Source]]:
    """The numbers and the categories that candidates are made of: the most important ones, in their order in the plan."""
    personal = {column.name for column in contract.columns if column.pii}
    numbers, categories, at = list[Source](), list[Source](), 0
    for encoder in plan.encoders:
        if encoder.column not in personal:
            found = [Source(at + offset, name, encoder.column) for offset, name in enumerate(encoder.outputs)]
            if encoder.kind in ("category", "truth", "boolean"):
                categories += found
            elif encoder.kind in ("number", "number_text"):
                numbers += found
            elif encoder.kind == "date":
                numbers += [s for s, part in zip(found, encoder.parts, strict=True) if part in _NUMBER_PARTS]
        at += len(encoder.outputs)

    def most(found: Iterable[Source], count: int) -> list[Source]:
        ranked = sorted(found, key=lambda source: (-importance.get(source.name, 0.0), source.place))
        return sorted(ranked[:count], key=lambda source: source.place)

    return most(numbers, MOST_NUMBERS), most(categories, MOST_CATEGORIES)


def candidates(numbers: Sequence[Source], categories: Sequence[Source], classes: Sequence[str]) -> list[Encoder]:
    """Every candidate, its tables not learnt yet. classes: of whom each has a target mean; none for one number."""
    found = [_arithmetic(kind, *pair) for pair in combinations(numbers, 2) for kind in _SIGNS]
    found += [_arithmetic("ratio", two, one) for one, two in combinations(numbers, 2)]
    found += [_crossed(kind, *pair, classes) for pair in combinations(categories, 2) for kind in CROSSES]
    found += [_less_mean(number, category) for number in numbers for category in categories]
    return found


def _arithmetic(kind: EncoderKind, one: Source, two: Source) -> Encoder:
    return _made(kind, one, two, (f"{one.name} {_SIGNS[kind]} {two.name}",))


def _crossed(kind: EncoderKind, one: Source, two: Source, classes: Sequence[str]) -> Encoder:
    name = f"{one.name} x {two.name}"
    means = tuple(f"mean by {name}:{cls}" for cls in classes) or (f"mean by {name}",)
    named = {"cross": (name,), "cross_frequency": (f"share of {name}",), "cross_mean": means}
    return _made(kind, one, two, named[kind])


def _less_mean(number: Source, category: Source) -> Encoder:
    return _made("less_mean", number, category, (f"{number.name} - mean by {category.name}",))


def _made(kind: EncoderKind, one: Source, two: Source, outputs: tuple[str, ...]) -> Encoder:
    other = two.column if two.column != one.column else None
    return Encoder(column=one.column, kind=kind, outputs=outputs, parts=(one.name, two.name), other=other)
