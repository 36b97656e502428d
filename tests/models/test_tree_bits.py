"""Trees as bits give LightGBM's own scores, whatever the trees ask and whatever is asked of them."""

from array import array
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learnt import problems
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models import tree_table
from millwright.models.evaluator import Evaluator
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.lightgbm_native import LightGBMEvaluator
from millwright.models.lightgbm_text import FILE as LIGHTGBM
from millwright.models.lightgbm_trees import ZERO, Node, Tree, Trees, read_trees
from millwright.models.odd_rows import odd_rows
from millwright.models.same_bits import first_apart
from millwright.models.tree_bits import FILE, ROWS_AT_ONCE, TreeBits, written
from millwright.models.tree_table import MOST_CODES, MOST_WORDS, WORD, WORDS, tables_of
from millwright.records.spec import Scalar

Array = NDArray[Any]
SAMPLES = ("german_credit.parquet", "kddcup99.parquet", "bike_sharing.parquet")
KINDS: Mapping[str, Mapping[str, Scalar]] = {
    "default": {},
    "stumps": {"num_leaves": 2},
    "two-words": {"num_leaves": 96, "min_data_in_leaf": 2},
    "four-words": {"num_leaves": 250, "min_data_in_leaf": 1},
    "zero-is-missing": {"zero_as_missing": True},
    "nothing-is-missing": {"use_missing": False},
    "forest": {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
    "dart": {"boosting": "dart"},
    "random-splits": {"extra_trees": True, "num_leaves": 48},
    "sets-of-categories": {"max_cat_to_onehot": 1, "min_data_per_group": 1, "cat_smooth": 1},
}


def bits_of(trees: Trees) -> TreeBits:
    """The evaluator as a package gives it: written, and read."""
    return TreeBits.load({FILE: written(tables_of(trees))})


@cache
def learnt(sample: str, kind: str = "default") -> tuple[LightGBMEvaluator, TreeBits, Array]:
    """LightGBM's way to a model, ours, and rows at and beside all thresholds."""
    problem, valid = problems(sample)
    params = {"num_iterations": 20, **KINDS[kind]}
    fitted = family("lightgbm").fit(problem, params, valid=None, seed=1, keep_going=lambda: True)
    trees = read_trees(fitted.files[LIGHTGBM])
    return LightGBMEvaluator.load(fitted.files), bits_of(trees), np.vstack([valid.X, odd_rows(trees, valid.X, 3)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_scores_are_those_of_lightgbm(sample: str, kind: str) -> None:
    theirs, ours, X = learnt(sample, kind)
    assert first_apart(theirs, ours, X) is None


@pytest.mark.parametrize("kind", ["default", "stumps", "two-words"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_trees_in_several_tables_give_the_same_scores(sample: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, whole, X = learnt(sample, kind)
    problem, _ = problems(sample)
    fitted = family("lightgbm").fit(problem, {"num_iterations": 20, **KINDS[kind]}, valid=None, seed=1, keep_going=lambda: True)
    trees = read_trees(fitted.files[LIGHTGBM])
    monkeypatch.setattr(tree_table._Asked, "size", property(lambda asked: len(asked.leaves) ** 2))
    monkeypatch.setattr(tree_table, "MOST_BYTES", len(trees.trees) ** 2 // 3)
    several = tables_of(trees)
    assert len(several) == 4
    parts = TreeBits.load({FILE: written(several)})
    assert first_apart(theirs, parts, X) is None
    assert [parts.row(array("d", x)) for x in X[:50]] == whole.batch(X[:50]).tolist()


@pytest.mark.parametrize(
    ("leaves", "bits", "words"), [(2, 16, 1), (16, 16, 1), (17, 32, 1), (33, 64, 1), (64, 64, 1), (65, 64, 2)]
)
def test_leaves_are_kept_in_the_smallest_words_that_hold_a_tree(leaves: int, bits: int, words: int) -> None:
    (table,) = tables_of(Trees(1, 1, (chain(leaves), lone(0.0))))
    assert table.lines.dtype in WORDS
    assert (8 * table.lines.dtype.itemsize, table.lines.shape[1], table.leaves.shape[1]) == (bits, 2 * words, bits * words)
    X = np.arange(-1.0, leaves + 1)[:, None]
    assert TreeBits([table]).batch(X)[:, 0].tolist() == [0.0, *range(leaves), leaves - 1.0]


def test_tables_of_different_models_do_not_fit_each_other() -> None:
    one, other = Trees(1, 1, (stump(0.0, 1.0, 2.0),)), Trees(2, 1, (stump(0.0, 1.0, 2.0), stump(0.0, 1.0, 2.0, target=1)))
    with pytest.raises(PackageRefused, match="fit each other"):
        TreeBits.load({FILE: written([*tables_of(one), *tables_of(other)])})


@settings(deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(1, 4 * ROWS_AT_ONCE), st.data())
def test_any_numbers_get_the_same_scores_alone_and_in_company(sample: str, rows: int, data: st.DataObject) -> None:
    theirs, ours, known = learnt(sample)
    values = st.floats(width=64) | st.sampled_from(np.unique(known).tolist())
    problem, _ = problems(sample)
    X = np.array([[data.draw(values) for _ in range(ours.features)] for _ in range(rows)])
    codes = list(problem.categorical)
    X[:, codes] = np.trunc(np.clip(np.nan_to_num(X[:, codes], nan=-1.0), -2, 1e6))  # what a plan can give
    scores = ours.batch(X)
    assert scores.tobytes() == theirs.batch(X).tobytes()
    assert [ours.row(array("d", x)) for x in X] == scores.tolist()


@pytest.mark.parametrize("missing", [True, False])
def test_what_lightgbm_takes_for_zero_is_zero(missing: bool) -> None:
    rng = np.random.default_rng(1)
    X = np.where(rng.random((400, 2)) < 0.5, 0.0, rng.normal(size=(400, 2)))
    problem = Problem(X, (X[:, 0] != 0.0) + (X[:, 1] > 0.0) * 2.0, "regression", 0, ("a", "b"), ())
    params: Mapping[str, Scalar] = {"num_iterations": 9, "zero_as_missing": missing}
    fitted = family("lightgbm").fit(problem, params, valid=None, seed=1, keep_going=lambda: True)
    tiny = [0.0, -0.0, ZERO, -ZERO, 1e-36, -1e-36, 5e-324, *np.nextafter([ZERO, -ZERO, ZERO, -ZERO], [1, 1, -1, -1])]
    asked = np.array([[a, b] for a in tiny for b in [*tiny, 1.0, -1.0, np.nan]])
    assert first_apart(LightGBMEvaluator.load(fitted.files), bits_of(read_trees(fitted.files[LIGHTGBM])), asked) is None


def test_threads_do_not_disturb_each_other() -> None:
    theirs, ours, X = learnt(SAMPLES[1])
    truth = theirs.batch(X)

    def work(seed: int) -> bool:
        order = np.random.default_rng(seed).permutation(len(X))[:500]
        return ours.batch(X[order]).tobytes() == truth[order].tobytes()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(24)))


def lone(value: float, target: int = 0) -> Tree:
    return Tree(target, (), (value,))


def stump(threshold: float, left: float, right: float, *, target: int = 0) -> Tree:
    node = Node(feature=0, threshold=threshold, left=~0, right=~1, default_left=True, missing="nan")
    return Tree(target, (node,), (left, right))


def test_leaves_are_added_in_the_order_of_the_trees() -> None:
    ours = bits_of(Trees(1, 1, (lone(1e16), stump(0.0, 1.0, 2.0), lone(-1e16))))
    assert ours.batch(np.array([[0.0], [1.0]])).tolist() == [[(1e16 + 1.0) - 1e16], [(1e16 + 2.0) - 1e16]]


def test_trees_that_ask_nothing_and_sums_of_minus_zero() -> None:
    ours = bits_of(Trees(2, 3, (lone(-0.0, 0), lone(0.5, 1))))
    assert np.copysign(1, ours.batch(np.zeros((1, 3)))).tolist() == [[1.0, 1.0]]
    assert str(ours.row(array("d", [0.0] * 3))) == "[0.0, 0.5]"


def test_no_rows_get_no_scores() -> None:
    assert bits_of(Trees(1, 3, (lone(1.0),))).batch(np.empty((0, 3))).shape == (0, 1)


@pytest.mark.parametrize("wrong", [array("d", [1.0]), array("f", [1.0] * 3)])
def test_a_vector_of_another_shape_is_refused(wrong: Any) -> None:
    ours: Evaluator = bits_of(Trees(1, 3, (lone(1.0),)))
    with pytest.raises(ValueError, match="takes 3"):
        ours.row(wrong)
    with pytest.raises(ValueError, match="takes 3"):
        ours.batch(np.zeros((1, 2)))


def chain(leaves: int) -> Tree:
    """A tree as deep as it has leaves."""
    nodes = [
        Node(feature=0, threshold=float(at), left=~at, right=at + 1, default_left=True, missing="nan")
        for at in range(leaves - 1)
    ]
    nodes[-1] = Node(
        feature=0, threshold=leaves - 2.0, left=~(leaves - 2), right=~(leaves - 1), default_left=True, missing="nan"
    )
    return Tree(0, tuple(nodes), tuple(map(float, range(leaves))))


def test_the_deepest_tree_is_walked_and_a_larger_one_refused() -> None:
    most = MOST_WORDS * WORD
    X = np.arange(-1.0, most + 1)[:, None]
    assert bits_of(Trees(1, 1, (chain(most),))).batch(X)[:, 0].tolist() == [0.0, *range(most), most - 1.0]
    with pytest.raises(PackageRefused, match="leaves"):
        bits_of(Trees(1, 1, (chain(most + 1),)))


def test_features_that_are_not_there_and_codes_beyond_all_bounds_are_refused() -> None:
    with pytest.raises(PackageRefused, match="feature"):
        bits_of(Trees(1, 0, (stump(0.0, 1.0, 2.0),)))
    node = Node(feature=0, threshold=0.0, left=~0, right=~1, default_left=True, missing="nan", members=(3, MOST_CODES))
    with pytest.raises(PackageRefused, match="codes"):
        bits_of(Trees(1, 1, (Tree(0, (node,), (1.0, 2.0)),)))


def test_no_trees_and_too_large_a_table_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PackageRefused, match="no trees"):
        bits_of(Trees(1, 1, ()))
    monkeypatch.setattr(tree_table, "MOST_BYTES", 100)
    with pytest.raises(PackageRefused, match="too many different values"):
        bits_of(Trees(1, 1, (chain(9),)))


def changed(**parts: Any) -> dict[str, bytes]:
    """The file of a table of two stumps, with other parts."""
    (table,) = tables_of(Trees(1, 2, (stump(0.0, 1.0, 2.0), stump(1.0, 3.0, 4.0))))
    return {FILE: written([replace(table, **parts)])}


def test_the_same_trees_are_written_alike() -> None:
    assert changed() == changed()
    assert TreeBits.load(changed()).batch(np.array([[0.5, 9.0]])).tolist() == [[5.0]]


@pytest.mark.parametrize(
    "parts",
    [
        {"features": 0},
        {"trees": np.array([3])},
        {"trees": np.array([2, 0])},
        {"trees": np.empty(0, np.int64)},
        {"leaves": np.zeros((2, 15))},
        {"leaves": np.zeros((2, 0))},
        {"leaves": np.zeros((2, 32))},
        {"leaves": np.zeros((2, 16), np.float32)},
        {"used": np.array([-1])},
        {"used": np.array([2])},
        {"cuts": np.array([0.0, 1.0])},
        {"cuts": np.array([0.0, 1.0, np.nan])},
        {"cuts": np.array([1.0, 0.0, np.inf])},
        {"line_of": np.array([[0, 1, 2, 4]], np.int32)},
        {"line_of": np.array([[0, 1, 2, -1]], np.int32)},
        {"line_of": np.array([0, 1, 2, 3], np.int32)},
        {"lines": np.zeros((4, 3), np.uint16)},
        {"lines": np.zeros((4, 2), np.uint64)},
        {"lines": np.zeros((4, 2), np.int16)},
    ],
    ids=str,
)
def test_parts_that_do_not_fit_each_other_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(PackageRefused, match="fit each other"):
        TreeBits.load(changed(**parts))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_answers(data: st.DataObject) -> None:
    """Never anything else, whichever bytes are others: what is read is numbers, and every place is checked."""
    content = bytearray(changed()[FILE])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content))) if data.draw(st.booleans()) else len(content)
    try:
        loaded = TreeBits.load({FILE: bytes(content[:cut])})
    except PackageRefused:
        return
    assert loaded.batch(np.zeros((3, loaded.features))).shape == (3, loaded.width)


def test_objects_are_not_unpickled() -> None:
    file = BytesIO()
    np.savez(file, features=np.array([object()], object))
    with pytest.raises(PackageRefused, match="not a table"):
        TreeBits.load({FILE: file.getvalue()})
