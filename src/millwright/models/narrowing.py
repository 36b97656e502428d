"""A family that is shown some of the features, and whose models take all of them.

It is fitted on these columns alone, which takes as much less time; then the real places of the features are written into the
model file, so that whatever evaluates, joins, explains or exports models needs to know nothing of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from millwright.data.mapped import columns_of
from millwright.errors import DataRefused
from millwright.models import lightgbm_text, linear_evaluator, net_file
from millwright.models.family import Constraints, Family, Fitted, Problem
from millwright.models.linear_evaluator import LinearModel, LinearTerm
from millwright.models.model_file import model_record
from millwright.records.codec import to_json
from millwright.records.modelling import Layer, Seen
from millwright.records.spec import Scalar

NARROWED = ("lightgbm", "xgboost", "catboost", "linear", "net")
"""Families whose models can be written so."""


def seeing(family: Family, seen: Seen) -> Family:
    """The family, fitted with these features alone. Its fits raise DataRefused where its models cannot be written so."""
    return family if seen == "all" else Narrowed(family, seen)


def places_of(layers: Sequence[Layer], seen: Seen) -> tuple[int, ...]:
    """The places of the features that are seen."""
    return tuple(place for place, layer in enumerate(layers) if seen in ("all", layer) or layer == "plain")


class Narrowed:
    """A family that is shown `seen` of the features; where that is every one of them, or none, it is shown all."""

    def __init__(self, family: Family, seen: Seen) -> None:
        self.name = family.name
        self._family, self._seen = family, seen

    def fit(
        self,
        problem: Problem,
        params: Mapping[str, Scalar],
        *,
        valid: Problem | None,
        seed: int,
        keep_going: Callable[[], bool],
    ) -> Fitted:
        """Fit on the columns that are seen; the model takes vectors of all features."""
        places = places_of(problem.layers, self._seen)
        if len(places) in (0, len(problem.features)):
            return self._family.fit(problem, params, valid=valid, seed=seed, keep_going=keep_going)
        few, checked = narrowed(problem, places), None if valid is None else narrowed(valid, places)
        fitted = self._family.fit(few, params, valid=checked, seed=seed, keep_going=keep_going)
        return widened(fitted, places, len(problem.features))


def narrowed(problem: Problem, places: Sequence[int]) -> Problem:
    """The problem with the features at some places, in ascending order."""
    among, asked = {place: at for at, place in enumerate(places)}, problem.constraints
    return replace(
        problem,
        X=columns_of(problem.X, list(places)),
        features=tuple(problem.features[place] for place in places),
        categorical=tuple(among[place] for place in problem.categorical if place in among),
        layers=tuple(problem.layers[place] for place in places),
        constraints=Constraints(
            tuple(asked.monotone[place] for place in places) if asked.monotone else (),
            tuple(tuple(among[place] for place in group if place in among) for group in asked.together),
        ),
    )


def widened(fitted: Fitted, places: Sequence[int], features: int) -> Fitted:
    """A model whose features lie at some places of a longer vector. Raises DataRefused where it cannot be written so."""
    if fitted.evaluator not in _WIDENED:
        raise DataRefused(f"a model that {fitted.evaluator} evaluates cannot be fitted on some of the features")
    return replace(fitted, files=_WIDENED[fitted.evaluator](fitted.files, places, features))


def _trees(files: Mapping[str, bytes], places: Sequence[int], features: int) -> dict[str, bytes]:
    header, _, body = files[lightgbm_text.FILE].decode().partition("\n\n")
    parts, end = body.split(_END)[0].split(_MARK), _END
    trees = [_MARK + "\n".join(_tree_lines(part, places)) for part in parts[1:]]
    lines = "\n".join(_header_lines(header, trees, places, features))
    return {lightgbm_text.FILE: f"{lines}\n\n{''.join(trees)}{end}".encode()}


def _tree_lines(part: str, places: Sequence[int]) -> Iterator[str]:
    for line in part.split("\n"):
        name, _, words = line.partition("=")
        yield f"{name}={' '.join(str(places[int(word)]) for word in words.split())}" if name == "split_feature" else line


def _header_lines(header: str, trees: Sequence[str], places: Sequence[int], features: int) -> Iterator[str]:
    written = {
        "max_feature_idx": str(features - 1),
        "feature_names": " ".join(f"f{place}" for place in range(features)),
        "tree_sizes": " ".join(str(len(tree.encode())) for tree in trees),
    }
    for line in header.splitlines():
        name, found, words = line.partition("=")
        if name in _OF_FEATURES:
            there = dict(zip(places, words.split(), strict=True))
            yield f"{name}={' '.join(there.get(place, _OF_FEATURES[name]) for place in range(features))}"
        else:
            yield f"{name}={written[name]}" if name in written else f"{name}{found}{words}"


def _terms(files: Mapping[str, bytes], places: Sequence[int], features: int) -> dict[str, bytes]:
    model = model_record(files, linear_evaluator.FILE, LinearModel)
    nothing = (0.0,) * len(model.intercepts)
    absent = LinearTerm(missing=nothing, weights=nothing, mean=nothing)
    there = dict(zip(places, model.terms, strict=True))
    terms = tuple(there.get(place, absent) for place in range(features))
    return {linear_evaluator.FILE: to_json(replace(model, terms=terms))}


def _inputs(files: Mapping[str, bytes], places: Sequence[int], features: int) -> dict[str, bytes]:
    model, where = net_file.read(files), np.array(places, np.int64)
    inputs = replace(model.inputs, numbers=where[model.inputs.numbers], categories=where[model.inputs.categories])
    return {net_file.FILE: net_file.written(replace(model, features=features, inputs=inputs))}


_MARK, _END = "Tree=", "end of trees\n"
_OF_FEATURES = {"feature_infos": "none", "monotone_constraints": "0"}
"""Lines of the header that have a word a feature, and the word of one that no tree asks for."""
_WIDENED: Mapping[str, Callable[[Mapping[str, bytes], Sequence[int], int], dict[str, bytes]]] = {
    "lightgbm": _trees,
    "linear": _terms,
    "net": _inputs,
}
