"""A written model is the one that was given: for our reader, for LightGBM, and to the bit."""

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from millwright.models.lightgbm_native import LightGBMEvaluator
from millwright.models.lightgbm_trees import Node, Tree, read_trees
from millwright.models.lightgbm_write import Grown, gain_shares, write_trees

FEATURES = 3
numbers = st.floats(-1e30, 1e30) | st.sampled_from([np.inf, 0.1, 1e-35, 5e-324, -0.0])


@st.composite
def grown(draw: st.DrawFn, target: int) -> Grown:
    """A tree of up to eight leaves, of any shape."""
    nodes: list[Node] = []
    open_ends = draw(st.integers(0, 7))
    while len(nodes) < open_ends:
        nodes.append(draw(_node()))
    tree = Tree(
        target,
        tuple(_linked(nodes, draw)),
        tuple(draw(st.lists(st.floats(-9, 9), min_size=open_ends + 1, max_size=open_ends + 1))),
    )
    weights = draw(st.lists(st.floats(0, 1e6), min_size=open_ends + 1, max_size=open_ends + 1))
    return Grown(tree, weights, draw(st.lists(st.floats(-1, 1e6), min_size=open_ends, max_size=open_ends)))


@st.composite
def _node(draw: st.DrawFn) -> Node:
    feature = draw(st.integers(0, FEATURES - 1))
    if draw(st.booleans()):
        return Node(feature, draw(numbers), 0, 0, draw(st.booleans()), draw(st.sampled_from(["none", "zero", "nan"])))
    return Node(feature, 0.0, 0, 0, False, "none", tuple(sorted(draw(st.sets(st.integers(0, 90))))))


def _linked(nodes: list[Node], draw: st.DrawFn) -> list[Node]:
    """The nodes as a tree: each but the first hangs at a free end of an earlier one, and leaves at what is left."""
    children: list[list[int | None]] = [[None, None] for _ in nodes]
    for place in range(1, len(nodes)):
        free = [(i, side) for i in range(place) for side in (0, 1) if children[i][side] is None]
        i, side = draw(st.sampled_from(free))
        children[i][side] = place
    leaf = iter(range(len(nodes) + 1))
    ends = [[~next(leaf) if child is None else child for child in pair] for pair in children]
    return [structs.replace(node, left=pair[0], right=pair[1]) for node, pair in zip(nodes, ends, strict=True)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_reader_gives_the_trees_back(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 3))
    trees = [data.draw(grown(k)) for _ in range(data.draw(st.integers(1, 2))) for k in range(width)]
    text = write_trees(trees, width, FEATURES, "multiclass" if width > 1 else "regression")
    read = read_trees(text)
    assert (read.width, read.features, [*map(plain, read.trees)]) == (width, FEATURES, [one.tree for one in trees])


def plain(tree: Tree) -> Tree:
    """The tree without the places of its sets, which LightGBM keeps as thresholds."""
    return structs.replace(
        tree, nodes=tuple(node if node.members is None else structs.replace(node, threshold=0.0) for node in tree.nodes)
    )


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_lightgbm_adds_the_leaves_it_was_given_and_explains_them(data: st.DataObject) -> None:
    trees = [data.draw(grown(0)) for _ in range(2)]
    X = np.array(data.draw(st.lists(st.lists(st.floats(), min_size=FEATURES, max_size=FEATURES), min_size=1, max_size=5)))
    text = write_trees(trees, 1, FEATURES, "regression")
    model = LightGBMEvaluator(text)
    scores = model.batch(X)[:, 0]
    chosen = np.asarray(lightgbm.Booster(model_str=text.decode()).predict(X, pred_leaf=True)).reshape(len(X), -1)
    assert scores.tolist() == [sum(one.tree.leaves[leaf] for one, leaf in zip(trees, row, strict=True)) for row in chosen]
    parts = model.contributions(X)[:, 0]
    assert np.isfinite(parts).all()
    assert parts.sum(axis=1) == pytest.approx(scores, rel=1e-9, abs=1e-9)
    assert model.used() == {node.feature for one in trees for node in one.tree.nodes}


def stump(feature: int, gain: float, weights: tuple[float, float] = (1.0, 1.0)) -> Grown:
    node = Node(feature, 0.0, ~0, ~1, default_left=False, missing="nan")
    return Grown(Tree(0, (node,), (-1.0, 1.0)), weights, (gain,))


def test_a_base_is_the_mean_by_the_weights_of_the_leaves() -> None:
    model = LightGBMEvaluator(write_trees([stump(0, 1.0, (3.0, 1.0))], 1, FEATURES, "regression"))
    assert model.contributions(np.zeros((1, FEATURES)))[0, 0].tolist() == pytest.approx([-0.5, 0.0, 0.0, -0.5])


def test_a_leaf_without_weight_weighs_nothing_to_speak_of() -> None:
    model = LightGBMEvaluator(write_trees([stump(0, 1.0, (5.0, 0.0))], 1, FEATURES, "regression"))
    assert model.contributions(np.ones((1, FEATURES)))[0, 0] == pytest.approx([2.0, 0.0, 0.0, -1.0], abs=1e-8)


def test_gains_are_shares_and_a_loss_counts_for_nothing() -> None:
    trees = [stump(0, 3.0), stump(1, -2.0), stump(0, 3.0), stump(2, 2.0)]
    assert gain_shares(trees, ("a", "b", "c")) == (("a", 0.75), ("b", 0.0), ("c", 0.25))
    assert gain_shares([], ("a",)) == (("a", 0.0),)


def test_people_can_open_it_with_lightgbm() -> None:
    text = write_trees([stump(1, 1.0)], 1, FEATURES, "binary").decode()
    shares = np.asarray(lightgbm.Booster(model_str=text).predict(np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]])))
    assert shares == pytest.approx(1 / (1 + np.exp([1.0, -1.0])))
