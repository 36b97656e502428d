"""The weighted sum of several models' raw scores: what a search may find better than any one of them.

A weight multiplies what a model gives before the task's link (log-odds, class scores, a value), and the products are added in
the order of the members: plus and times alone, so that a row and a batch agree to the bit. Boosted members are merged before
(`lightgbm_merge`), so that an ensemble of trees is one model of trees, and no slower than one.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.constant import constant
from millwright.models.contributions import Explains
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.family import Fitted
from millwright.models.lightgbm_merge import can_merge, merged
from millwright.models.lightgbm_text import FILE as TREES
from millwright.models.model_file import model_file, model_record
from millwright.records.codec import to_json
from millwright.records.record import record

Array = NDArray[Any]

FILE = "ensemble.json"
TABLE = "trees.npz"
_NAME = "ensemble"


@record
class EnsembleMember:
    """One model: the evaluator that reads it, and what the names of its files begin with."""

    weight: float
    evaluator: str
    prefix: str


@record
class EnsembleModel:
    """Raw scores = the sum of weight * raw scores over the members, in their order."""

    members: tuple[EnsembleMember, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A member with its own files, by their own names. evaluator: its name."""

    weight: float
    evaluator: str
    files: Mapping[str, bytes]


class EnsembleEvaluator:
    """Raw scores of an ensemble. Raises PackageRefused where its members do not fit each other."""

    def __init__(self, parts: Sequence[Part], members: Sequence[Evaluator]) -> None:
        """members: the evaluator of each part."""
        widths = {member.width for member in members}
        if len(widths) != 1:
            raise PackageRefused(f"the members of an ensemble give {_listed(widths)} raw scores", where=FILE)
        self.parts, self.members = tuple(parts), tuple(members)
        self.weights = tuple(part.weight for part in parts)
        (self.width,) = widths
        self.together_from = max(member.together_from for member in members)
        self._rows = tuple((weight, member.row) for weight, member in zip(self.weights, members, strict=True))

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        (weight, first), *others = self._rows
        if self.width == 1:
            score = weight * first(vector)[0]
            for weight, member in others:
                score += weight * member(vector)[0]
            return [score]
        total = [weight * score for score in first(vector)]
        for weight, member in others:
            total = [so_far + weight * score for so_far, score in zip(total, member(vector), strict=True)]
        return total

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f). Raises ValueError for another width."""
        return weighted_sum(self.weights, [member.batch(X) for member in self.members])


class ExplainedEnsemble(EnsembleEvaluator):
    """An ensemble all of whose members say where their raw scores come from; see Explains."""

    def contributions(self, X: Array) -> Array:
        """The weighted sum of the members' contributions: raw scores are, so what adds up to them is."""
        return weighted_sum(self.weights, [_explains(member).contributions(X) for member in self.members])

    def used(self) -> frozenset[int]:
        """What any member uses that weighs something."""
        pairs = zip(self.weights, self.members, strict=True)
        return frozenset[int]().union(*(_explains(member).used() for weight, member in pairs if weight))


def weighted_sum(weights: Sequence[float], scores: Sequence[Array]) -> Array:
    """Each array times its weight, added from the first to the last."""
    total: Array = weights[0] * scores[0]
    for weight, more in zip(weights[1:], scores[1:], strict=True):
        total = total + weight * more
    return total


def load_ensemble(files: Mapping[str, bytes]) -> EnsembleEvaluator:
    """From the files of an ensemble. Raises PackageRefused."""
    return evaluator_of(parts_of(files))


def load_with_bits(files: Mapping[str, bytes]) -> EnsembleEvaluator:
    """The same, its trees read as bits. Raises PackageRefused."""
    return evaluator_of(with_bits(parts_of(files), model_file(files, TABLE)))


def evaluator_of(parts: Sequence[Part]) -> EnsembleEvaluator:
    """What answers for the parts; it explains where all of them do. Raises PackageRefused."""
    members = [load_evaluator(part.evaluator, part.files) for part in parts]
    explained = all(isinstance(member, Explains) for member in members)
    return (ExplainedEnsemble if explained else EnsembleEvaluator)(parts, members)


def parts_of(files: Mapping[str, bytes]) -> tuple[Part, ...]:
    """The members that an ensemble's file names, with their files. Raises PackageRefused."""
    model = model_record(files, FILE, EnsembleModel)
    prefixes = [member.prefix for member in model.members]
    apart = not any(one != other and one.startswith(other) for one in prefixes for other in prefixes)
    if not prefixes or len(set(prefixes)) < len(prefixes) or not all(prefixes) or not apart:
        raise PackageRefused("an ensemble needs members whose files can be told apart", where=FILE)
    return tuple(_part(member, files) for member in model.members)


def with_bits(parts: Sequence[Part], table: bytes) -> tuple[Part, ...]:
    """The parts with a table in place of the trees (see `tree_bits`). Raises PackageRefused where none or several have any."""
    trees_of(parts)
    return tuple(
        replace(part, evaluator="bits", files={TABLE: table}) if part.evaluator == "lightgbm" else part for part in parts
    )


def trees_of(parts: Sequence[Part]) -> bytes:
    """The text of the one member that is trees. Raises PackageRefused where none or several are."""
    texts = [model_file(part.files, TREES) for part in parts if part.evaluator == "lightgbm"]
    if len(texts) != 1:
        raise PackageRefused(f"{len(texts)} members of the ensemble are trees", where=FILE)
    return texts[0]


def join(members: Sequence[tuple[float, Fitted]]) -> Fitted:
    """Fitted models as one, each with its weight: trees merged, and nothing but these trees where all are; of ensembles among
    them their members.

    importance: the members' shares by their weights. Raises PackageRefused where they do not fit each other.
    """
    parts = _merged([part for weight, fitted in members for part in _parts(weight, fitted)])
    importance = _importance(members)
    if len(parts) == 1 and parts[0].weight == 1.0:
        return Fitted(parts[0].files, parts[0].evaluator, iterations=None, importance=importance)
    named = [(f"m{place}.", part) for place, part in enumerate(parts)]
    model = EnsembleModel(members=tuple(EnsembleMember(weight=p.weight, evaluator=p.evaluator, prefix=at) for at, p in named))
    files = {at + name: content for at, part in named for name, content in part.files.items()}
    evaluator_of(parts)
    return Fitted({FILE: to_json(model), **files}, evaluator=_NAME, iterations=None, importance=importance)


def evaluators_in(names: Sequence[str], files: Mapping[str, bytes]) -> tuple[str, ...]:
    """All evaluators that these load: themselves, and those of an ensemble's members."""
    inside = [part.evaluator for part in parts_of(_flat(files))] if any(map(_is_ensemble, names)) else []
    bits = ["bits"] if f"{_NAME}-bits" in names else []
    return tuple(dict.fromkeys((*names, *inside, *bits)))


def _part(member: EnsembleMember, files: Mapping[str, bytes]) -> Part:
    if not math.isfinite(member.weight):
        raise PackageRefused(f"a weight of {member.weight} is none", where=FILE)
    if _is_ensemble(member.evaluator):
        raise PackageRefused("an ensemble cannot be a member of another", where=FILE)
    own = {name.removeprefix(member.prefix): content for name, content in files.items() if name.startswith(member.prefix)}
    return Part(member.weight, member.evaluator, own)


def _parts(weight: float, fitted: Fitted) -> Sequence[Part]:
    """A fitted model as a part; an ensemble (a bag of networks, say) as its members, each with its share of the weight."""
    if not _is_ensemble(fitted.evaluator):
        return [Part(weight, fitted.evaluator, fitted.files)]
    return [replace(part, weight=weight * part.weight) for part in parts_of(fitted.files)]


def _merged(parts: Sequence[Part]) -> list[Part]:
    """The trees among the parts as one, first, and the others as they are."""
    parts = _one_constant(parts)
    trees = [part for part in parts if part.evaluator == "lightgbm" and can_merge(model_file(part.files, TREES))]
    if len(trees) < 2:
        return list(parts)
    text = merged([(part.weight, part.files[TREES]) for part in trees])
    return [Part(1.0, "lightgbm", {TREES: text}), *(part for part in parts if part not in trees)]


def _one_constant(parts: Sequence[Part]) -> Sequence[Part]:
    """The parts with what they add to every row as one, at last."""
    constants = [part for part in parts if part.evaluator == "constant"]
    if len(constants) < 2:
        return parts
    nothing = np.empty((1, 0))
    raw = weighted_sum([part.weight for part in constants], [_batch(part, nothing) for part in constants])
    return [*(part for part in parts if part not in constants), Part(1.0, "constant", constant(raw[0]).files)]


def _batch(part: Part, X: Array) -> Array:
    return load_evaluator(part.evaluator, part.files).batch(X)


def _importance(members: Sequence[tuple[float, Fitted]]) -> tuple[tuple[str, float], ...]:
    whole = sum(abs(weight) for weight, _ in members) or 1.0
    found: dict[str, float] = {}
    for weight, fitted in members:
        for name, share in fitted.importance:
            found[name] = found.get(name, 0.0) + share * abs(weight) / whole
    return tuple(found.items())


def _is_ensemble(evaluator: str) -> bool:
    return evaluator.startswith(_NAME)


def _flat(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path.rpartition("/")[2]: content for path, content in files.items()}


def _explains(member: Evaluator) -> Explains:
    assert isinstance(member, Explains), "seen when it was loaded"
    return member


def _listed(widths: set[int]) -> str:
    return " and ".join(map(str, sorted(widths))) or "no"
