"""What a feature means, in the words of its column: names of levels, yes and no, a part of a date."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from millwright.models.lightgbm_trees import ZERO, Node
from millwright.records.modelling import Encoder, FeaturePlan

OTHER, KNOWN = "any other", "there"
_NO_YES = ("no", "yes")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS = "days"
EPOCH = date(1970, 1, 1)
_MOST = 16
"""Names of levels in a condition; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A feature: its own name, its column, which part of it, and, of a category or truth, what its codes are called."""

    feature: str
    column: str
    part: str = ""
    names: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """How a person calls it: age, or departure (hour)."""
        return f"{self.column} ({self.part})" if self.part else self.column

    def sides(self, node: Node) -> tuple[str, str]:
        """When a row goes left, and when right."""
        if self.names:
            return self._named_sides(node)
        if math.isinf(node.threshold):
            known, absent = f"{self.title} is {KNOWN}", f"{self.title} is missing"
            return (absent, known) if node.nan_left else (known, absent)
        missing = " or missing" if node.missing == "nan" else ""
        left, right = (missing, "") if node.nan_left else ("", missing)
        if self.part == _DAYS:
            day = EPOCH + timedelta(days=math.floor(node.threshold))
            return f"{self.column} up to {day}{left}", f"{self.column} after {day}{right}"
        return f"{self.title} ≤ {plain(node.threshold)}{left}", f"{self.title} > {plain(node.threshold)}{right}"

    def _named_sides(self, node: Node) -> tuple[str, str]:
        """The side of fewer names says them; the other one is anything else, what is missing too where it goes there."""
        codes = range(len(self.names))
        left = [code for code in codes if (code in node.members if node.members is not None else code <= node.threshold)]
        right = [code for code in codes if code not in left]
        shorter, longer, is_left = (left, right, True) if len(left) <= len(right) else (right, left, False)
        missing = node.missing == "nan" or node.members is not None
        with_missing = missing and node.nan_left == is_left
        said = self._is(shorter) + (" or missing" if with_missing else "")
        alone = len(longer) == 1 and (with_missing or not missing)
        other = self._is(longer) if alone else f"{self.title} is anything else"
        return (said, other) if is_left else (other, said)

    def _is(self, codes: Sequence[int]) -> str:
        named = [self.names[code] for code in codes]
        shown, more = named[:_MOST], len(named) - _MOST
        return f"{self.title} is {', '.join(shown)}" + (f" or {more} more" if more > 0 else "")


def plain(value: float) -> str:
    """A number as short as it can be said without another value being taken for it.

    >>> plain(29.5), plain(0.1 + 0.2), plain(1234567.5)
    ('29.5', '0.3', '1234567.5')
    """
    return "0" if abs(value) <= ZERO else f"{value:.10g}"


def meanings_of(plan: FeaturePlan) -> tuple[Meaning, ...]:
    """The meaning of each feature, in their order."""
    return tuple(meaning for encoder in plan.encoders for meaning in _meanings(encoder))


def _meanings(encoder: Encoder) -> Iterator[Meaning]:
    names: tuple[str, ...] = ()
    if encoder.kind == "category":
        names = (*encoder.levels, OTHER)
    elif encoder.kind in ("boolean", "truth"):
        names = _NO_YES
    for place, feature in enumerate(encoder.outputs):
        part = encoder.parts[place].replace("_", " ") if encoder.kind == "date" else ""
        yield Meaning(feature, encoder.column, part, _WEEKDAYS if part == "weekday" else names)
