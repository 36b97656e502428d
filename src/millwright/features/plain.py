"""The plain plan: of each column what a person can read in a picture, one meaning a number or a category by name."""

from collections.abc import Iterator
from dataclasses import replace

from millwright.features.fit_columns import MOST_CATEGORICAL
from millwright.records.modelling import Encoder, EncoderKind, FeaturePlan

READ: frozenset[EncoderKind] = frozenset({"number", "number_text", "boolean", "truth", "category", "date"})
"""Encoders whose numbers say what is in the cell."""
_WHY = {
    "text": "the length of its texts",
    "words": "its words",
    "word_means": "what its words say",
    "pieces": "pieces of its words",
    "items": "its items",
    "mean": "means by its levels",
    "frequency": "how frequent its levels are",
    "cycle": "circles of its dates",
}
_HASHED = "personal data, whose levels stand hashed"


def plain(plan: FeaturePlan) -> FeaturePlan:
    """The plan without what nobody can read; a column of which nothing is left is dropped, and said so.

    A category keeps the names of its most frequent levels, all others are one.
    """
    kept = [_short(encoder) for encoder in plan.encoders if _is_read(encoder)]
    columns = {encoder.column for encoder in kept}
    features = tuple(output for encoder in kept for output in encoder.outputs)
    named = {encoder.outputs[0] for encoder in kept if encoder.kind == "category"}
    return replace(
        plan,
        encoders=tuple(kept),
        features=features,
        categorical=tuple(i for i, feature in enumerate(features) if feature in named),
        dropped=(*plan.dropped, *(said for said in _dropped(plan) if said[0] not in columns)),
    )


def _is_read(encoder: Encoder) -> bool:
    return encoder.kind in READ and not encoder.hashed


def _short(encoder: Encoder) -> Encoder:
    return replace(encoder, levels=encoder.levels[: MOST_CATEGORICAL - 1]) if encoder.kind == "category" else encoder


def _dropped(plan: FeaturePlan) -> Iterator[tuple[str, str]]:
    """A column and why nobody could read it, the first reason of each."""
    said: dict[str, list[str]] = {}
    for encoder in plan.encoders:
        if not _is_read(encoder):
            said.setdefault(encoder.column, []).append(_why(encoder))
    for column, why in said.items():
        yield column, f"nobody could read it in a picture: {', '.join(dict.fromkeys(why))}"


def _why(encoder: Encoder) -> str:
    return _HASHED if encoder.hashed else _WHY.get(encoder.kind, encoder.kind)
