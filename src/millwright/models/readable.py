"""From the files of a small model to what is drawn of it: conditions, curves and coefficients on the columns as they are."""

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from millwright.models.lightgbm_text import FILE as TREES
from millwright.models.lightgbm_trees import Node, Tree, leaf_counts, read_trees
from millwright.models.linear_evaluator import FILE as TERMS
from millwright.models.linear_evaluator import LinearModel, LinearTerm
from millwright.models.model_file import model_record
from millwright.models.output import outputs
from millwright.models.readable_words import KNOWN, Meaning, meanings_of
from millwright.records.modelling import Calibrator, FeaturePlan
from millwright.records.readable import Branch, Readable, Shape

Counted = tuple[Tree, Sequence[int]]
"""A tree, and how many training rows came to each leaf."""


def readable(
    files: Mapping[str, bytes], plan: FeaturePlan, calibrator: Calibrator, classes: Sequence[str]
) -> tuple[Readable, ...]:
    """The model as it is drawn: one for each raw score. None of a model that no person can read. Raises PackageRefused."""
    meanings, named = meanings_of(plan), classes if len(classes) > 2 else ("",)
    if TERMS in files:
        model = model_record(files, TERMS, LinearModel)
        return tuple(_linear(model, meanings, score, name) for score, name in enumerate(named))
    if TREES not in files:
        return ()
    found = read_trees(files[TREES])
    counted = list(zip(found.trees, leaf_counts(files[TREES]), strict=True))
    if all(len(tree.nodes) < 2 for tree in found.trees):
        by_score = [[one for one in counted if one[0].target == score] for score in range(found.width)]
        return tuple(_additive(trees, meanings, name) for trees, name in zip(by_score, named, strict=True))
    return (_tree(counted[0], meanings, calibrator),) if len(counted) == 1 else ()


def _tree(counted: Counted, meanings: Sequence[Meaning], calibrator: Calibrator) -> Readable:
    tree, counts = counted
    answers = outputs(calibrator, np.array(tree.leaves)[:, None]).tolist()

    def rows(at: int) -> int:
        return counts[~at] if at < 0 else rows(tree.nodes[at].left) + rows(tree.nodes[at].right)

    def below(at: int, said: str, depth: int) -> Iterator[Branch]:
        share = rows(at) / max(sum(counts), 1)
        yield Branch(said=said, depth=depth, rows=share, answer=answers[~at] if at < 0 else None)
        if at >= 0:
            node = tree.nodes[at]
            yes, no = meanings[node.feature].sides(node)
            yield from below(node.left, yes, depth + 1)
            yield from below(node.right, no, depth + 1)

    return Readable(kind="tree", base=0.0, branches=tuple(below(0, "every row", 0)))


def _additive(trees: Sequence[Counted], meanings: Sequence[Meaning], of: str) -> Readable:
    """Steps of one column each: those of a column are added up, and counted from their mean over the training rows, as
    contributions are."""
    base, splits = 0.0, dict[int, list[tuple[Node, float, float]]]()
    for tree, counts in trees:
        if not tree.nodes:
            base += tree.leaves[0]
            continue
        (node,) = tree.nodes
        left, right = tree.leaves[~node.left], tree.leaves[~node.right]
        mean = (counts[~node.left] * left + counts[~node.right] * right) / sum(counts)
        base += mean
        splits.setdefault(node.feature, []).append((node, left - mean, right - mean))
    shapes = [steps(meanings[feature], splits[feature]) for feature in sorted(splits)]
    return Readable(kind="additive", base=base, shapes=_weighed(shapes), of=of)


def steps(meaning: Meaning, splits: Sequence[tuple[Node, float, float]]) -> Shape:
    """The splits of one feature as a shape; of each what it adds on its left and on its right."""
    missing = sum(left if node.nan_left else right for node, left, right in splits)
    shape = Shape(feature=meaning.feature, column=meaning.column, part=meaning.part, missing=missing)
    if meaning.names:
        return replace(shape, levels=tuple((name, _at(code, splits)) for code, name in enumerate(meaning.names)))
    edges = sorted({node.threshold for node, _, _ in splits if math.isfinite(node.threshold)})
    if not edges:  # what is missing against all others
        return replace(shape, levels=((KNOWN, _at(0.0, splits)),))
    values = (*(_at(edge, splits) for edge in edges), _at(sys.float_info.max, splits))
    return replace(shape, edges=tuple(edges), values=tuple(values))


def _at(value: float, splits: Sequence[tuple[Node, float, float]]) -> float:
    return sum(left if _goes_left(node, value) else right for node, left, right in splits)


def _goes_left(node: Node, value: float) -> bool:
    return value in node.members if node.members is not None else value <= node.threshold


def _linear(model: LinearModel, meanings: Sequence[Meaning], score: int, of: str) -> Readable:
    means = [term.mean[score] if term.mean else 0.0 for term in model.terms]
    shapes = [_term(m, term, score, mean) for m, term, mean in zip(meanings, model.terms, means, strict=True)]
    return Readable(kind="linear", base=model.intercepts[score] + sum(means), shapes=_weighed(shapes), of=of)


def _term(meaning: Meaning, term: LinearTerm, score: int, mean: float) -> Shape:
    missing = term.missing[score] - mean
    shape = Shape(feature=meaning.feature, column=meaning.column, part=meaning.part, missing=missing)
    if term.table:
        names = (*meaning.names, *(f"code {code}" for code in range(len(meaning.names), len(term.table))))
        return replace(shape, levels=tuple((n, row[score] - mean) for n, row in zip(names, term.table, strict=False)))
    weight: Callable[[float], float] = lambda value: (value - term.centre) / term.scale * term.weights[score] - mean  # noqa: E731
    if meaning.names:
        return replace(shape, levels=tuple((name, weight(float(code))) for code, name in enumerate(meaning.names)))
    ends = (term.low, term.high)
    return replace(shape, edges=ends, values=tuple(map(weight, ends)), slanted=True, spread=term.scale)


def _weighed(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """Those that move anything, by how far: the largest first."""
    reach = {shape.feature: _reach(shape) for shape in shapes}
    whole = sum(reach.values()) or 1.0
    moving = sorted((s for s in shapes if reach[s.feature] > 0.0), key=lambda s: (-reach[s.feature], s.feature))
    return tuple(replace(shape, weight=reach[shape.feature] / whole) for shape in moving)


def _reach(shape: Shape) -> float:
    every = [*shape.values, *(value for _, value in shape.levels)]
    return max(every, default=0.0) - min(every, default=0.0)
