"""What the person says of how columns may count, brought to the features that were made of them.

A column that answers must rise or fall with gets its plain number alone: whatever else was made of it, a mean of outcomes or a
sum with another column, could take back what is asked of the number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from millwright.errors import DataRefused, nearest
from millwright.records.data import Contract
from millwright.records.modelling import Encoder, FeaturePlan

PLAIN = ("number", "number_text", "boolean")
"""Encoders that give a column's number as it is."""
_NUMBERS = ("number", "integer", "boolean", "number_text")
_ROLES = ("feature", "time")
UP, DOWN = "increasing", "decreasing"


@dataclass(frozen=True, slots=True)
class Asked:
    """monotone: of columns, whether answers rise or fall with them. groups: columns that may act together; none: all may."""

    monotone: Mapping[str, str]
    groups: Sequence[Sequence[str]] = ()


def check_asked(asked: Asked, contract: Contract) -> None:
    """Raise DataRefused for a column that is no feature, or that is to be monotone and is no number."""
    columns = {column.name: column for column in contract.columns if column.role in _ROLES}
    places = [("search.monotone", name) for name in asked.monotone]
    for where, name in [*places, *(("search.interactions", name) for group in asked.groups for name in group)]:
        if name not in columns:
            fix = nearest(name, columns) or "name a column that the contract has as a feature"
            raise DataRefused(f'"{name}" is no column that is learnt from', where=where, fix=fix, code="search.constraint")
    for name in asked.monotone:
        if columns[name].kind not in _NUMBERS:
            what = f'answers cannot rise or fall with "{name}", whose kind is {columns[name].kind}: it has no order'
            fix = "name a column of numbers, or make one of it"
            raise DataRefused(what, where="search.monotone", fix=fix, code="search.constraint")


def constrained(plan: FeaturePlan, asked: Asked) -> FeaturePlan:
    """The plan without the features that could take back what is asked: of a monotone column all but its plain number, and
    those of columns that may not act together."""
    kept = tuple(encoder for encoder in plan.encoders if _may_stay(encoder, asked))
    if len(kept) == len(plan.encoders):
        return plan
    features = tuple(output for encoder in kept for output in encoder.outputs)
    coded = {plan.features[place] for place in plan.categorical}
    few = tuple(place for place, feature in enumerate(features) if feature in coded)
    return replace(plan, encoders=kept, features=features, categorical=few)


def _may_stay(encoder: Encoder, asked: Asked) -> bool:
    columns = encoder.columns
    if any(column in asked.monotone for column in columns):
        return len(columns) == 1 and encoder.kind in PLAIN
    return len(columns) == 1 or not asked.groups or any(set(columns) <= set(group) for group in asked.groups)


def monotone_of(plan: FeaturePlan, asked: Asked) -> tuple[int, ...]:
    """Of each feature whether answers rise (1) or fall (-1) with it, or neither (0); empty where nothing is asked."""
    if not asked.monotone:
        return ()
    signs = {name: 1 if way == UP else -1 for name, way in asked.monotone.items()}
    return tuple(signs.get(encoder.column, 0) for encoder in plan.encoders for _ in encoder.outputs)


def groups_of(plan: FeaturePlan, asked: Asked) -> tuple[tuple[int, ...], ...]:
    """The features that may act together, group by group: those of the columns that are asked for, and each other column by
    itself; empty where nothing is asked."""
    if not asked.groups:
        return ()
    of = [frozenset(encoder.columns) for encoder in plan.encoders for _ in encoder.outputs]
    named = frozenset(name for group in asked.groups for name in group)
    groups = [frozenset(group) for group in asked.groups] + [each for each in dict.fromkeys(of) if not each & named]
    places = (tuple(place for place, columns in enumerate(of) if columns <= group) for group in groups)
    return tuple(group for group in places if group)
