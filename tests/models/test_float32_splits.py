"""A float64 threshold decides as the float32 comparison does, for every number and on both sides of every border."""

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from millwright.models.float32_splits import LARGEST, at_most, category_node, coded, codes_of, narrowed, number_node
from millwright.models.lightgbm_native import LightGBMEvaluator
from millwright.models.lightgbm_trees import ZERO, Node, Tree
from millwright.models.lightgbm_write import Grown, write_trees

TINY = float(np.float32(1e-45))
MOST = float(np.finfo(np.float32).max)
borders = st.floats(width=32, allow_nan=False)


def beside(border: float) -> list[float]:
    """Float64 numbers at, around and half way to the float32 neighbours of a border, and at the edges of what is shown."""
    with np.errstate(over="ignore"):
        near = [float(np.nextafter(np.float32(border), np.float32(to))) for to in (-np.inf, np.inf)]
    points = [border, *near, *((border + other) / 2 for other in near if math.isfinite(border + other))]
    edges = [0.0, ZERO, -ZERO, LARGEST, -LARGEST]
    steps = [math.nextafter(point, to) for point in points + edges for to in (-math.inf, math.inf)]
    return [*points, *edges, *steps, -0.0, math.inf, -math.inf, 1e308, -1e308, 5e-324]


def left(node: Node, x: float) -> bool:
    """Where LightGBM's own code sends x: the first leaf is worth 1."""
    tree = Tree(0, (node,), (1.0, 0.0))
    text = write_trees([Grown(tree, (1.0, 1.0), (1.0,))], 1, 1, "regression")
    model = LightGBMEvaluator(text)
    return bool(model.batch(np.array([[x]]))[0, 0])


@settings(max_examples=500, deadline=None)
@given(borders, st.floats(allow_nan=False))
@example(0.0, 0.0)
@example(-TINY, 0.0)
@example(1.0, 1.0 + 2.0**-24)
@example(1.0 + 2.0**-23, 1.0 + 3 * 2.0**-24)
@example(MOST, 1e308)
@example(-MOST, -1e308)
@example(float(np.float32(LARGEST)), 2e38)
@example(-float(np.float32(LARGEST)), -2e38)
@example(math.inf, math.inf)
@example(-math.inf, -math.inf)
def test_a_number_lies_at_or_below_the_threshold_where_its_float32_is_at_most_the_border(border: float, number: float) -> None:
    threshold = float(at_most(np.array([border], dtype=np.float32))[0])
    node = number_node(0, threshold, ~0, ~1, nan_left=True)
    for x in (number, *beside(border)):
        shown = narrowed(np.array([x]))[0]
        goes_left = (x <= node.threshold) == (node.left == ~0)
        assert goes_left == bool(shown <= np.float32(border)), (x, border, threshold)


@settings(max_examples=60, deadline=None)
@given(borders, st.booleans())
@example(-MOST, True)
@example(0.0, False)
@example(TINY, False)
@example(-TINY, True)
@example(MOST, False)
def test_lightgbm_decides_so_and_sends_nan_where_it_should(border: float, nan_left: bool) -> None:
    node = number_node(0, float(at_most(np.array([border], dtype=np.float32))[0]), ~0, ~1, nan_left)
    for x in beside(border):
        assert left(node, x) == bool(narrowed(np.array([x]))[0] <= np.float32(border)), (x, border)
    assert left(node, math.nan) == nan_left


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 80)), st.one_of(st.integers(-3, 100).map(float), st.floats()))
@example(set(), 0.0)
@example({0}, -0.5)
@example({31, 32}, 32.9)
@example({3}, 2.0**32 + 3.0)
def test_a_category_goes_left_where_the_set_has_it(members: set[int], x: float) -> None:
    node = category_node(0, tuple(sorted(members)), ~0, ~1)
    shown = coded(np.array([[x]]), 81)[0, 0]
    assert left(node, x) == (not math.isnan(shown) and int(shown) in members)


def test_shown_numbers_are_finite_and_keep_their_order() -> None:
    X = np.array([-np.inf, -1e308, -2e38, -1.0, -1e-35, -5e-324, -0.0, 1e-36, ZERO, 1e-34, 1.0, 1e39, np.inf])
    shown = narrowed(X)
    assert shown.dtype == np.float32
    assert np.isfinite(shown).all()
    assert (np.diff(shown) >= 0).all()
    assert shown[4:9].tolist() == [0.0] * 5
    assert np.isnan(narrowed(np.array([np.nan]))).all()


def test_every_code_that_a_plan_gives_is_a_category() -> None:
    assert codes_of(np.array([[np.nan], [4.0]])) == 33
    assert codes_of(np.array([[99.0], [np.inf]])) == 100
    assert codes_of(np.empty((3, 0))) == 33
    shown = coded(np.array([-1.0, -0.5, 0.0, 32.7, 33.0, np.inf, np.nan]), 33)
    assert np.isnan(shown[[0, 4, 5, 6]]).all()
    assert shown[[1, 2, 3]].tolist() == [0.0, 0.0, 32.0]
    assert not np.signbit(shown[1])
