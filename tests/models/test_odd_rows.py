"""The rows that are made to tell two ways through trees apart do so."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from learnt import problems
from numpy.typing import NDArray

from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.families import family
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_trees import Node, Tree, Trees, read_trees
from millwright.models.odd_rows import odd_rows
from millwright.models.onnx_evaluator import OnnxEvaluator
from millwright.models.onnx_model import onnx_model
from millwright.models.same_bits import first_apart
from millwright.models.twins import Twin, hard_rows, make_twin

SAMPLES = ("german_credit.parquet", "kddcup99.parquet", "bike_sharing.parquet")


@cache
def learnt(sample: str, leaves: int = 31) -> tuple[Evaluator, dict[str, bytes], Trees, NDArray[Any]]:
    problem, valid = problems(sample)
    params = {"num_iterations": 20, "num_leaves": leaves, "max_cat_to_onehot": 1, "min_data_per_group": 2, "cat_smooth": 0.1}
    model = family("lightgbm").fit(problem, params, valid=None, seed=1, keep_going=lambda: True)
    files = dict(model.files)
    return load_evaluator("lightgbm", files), files, read_trees(files[FILE]), np.ascontiguousarray(valid.X)


@pytest.mark.parametrize("sample", SAMPLES)
def test_each_threshold_is_asked_with_its_neighbours_and_each_code_of_a_set(sample: str) -> None:
    _, _, trees, real = learnt(sample)
    asked = odd_rows(trees, real, 3)
    columns = [set(column.tolist()) for column in asked.T]
    nodes = [node for tree in trees.trees for node in tree.nodes]
    assert any(node.members for node in nodes) == (sample == "german_credit.parquet")
    for node in nodes:
        beside = (-np.inf, np.inf)
        near = node.members or (node.threshold, *(float(np.nextafter(node.threshold, way)) for way in beside))
        assert {float(value) for value in near} <= columns[node.feature]
    assert all({np.inf, -np.inf, 0.0} <= column for column in columns)
    assert np.isnan(asked).any(axis=0).all()
    assert (np.signbit(asked) & (asked == 0)).any(axis=0).all()


def test_a_code_of_a_set_is_asked_with_the_one_beside_it_and_a_lone_leaf_with_odd_values() -> None:
    node = Node(feature=1, threshold=0.0, left=~0, right=~1, default_left=False, missing="none", members=(57,))
    trees = Trees(1, 2, (Tree(0, (node,), (0.0, 1.0)), Tree(0, (), (2.0,))))
    lone, codes = (set(column.tolist()) for column in odd_rows(trees, np.full((3, 2), 0.25), 3).T)
    assert {57.0, 58.0, 0.0, -1.0, 0.25} <= codes
    assert {1e300, np.inf, 0.25} <= lone
    assert all(value == round(value) for value in codes - {0.25} if np.isfinite(value)), "no plan gives another code"


@pytest.mark.parametrize("sample", SAMPLES)
def test_real_rows_are_among_them_and_the_seed_is_kept(sample: str) -> None:
    _, _, trees, real = learnt(sample)
    asked = odd_rows(trees, real, 3)
    assert (np.isin(asked, real).mean(axis=1) > 0.5).sum() > len(asked) // 4
    assert asked.tobytes() == odd_rows(trees, real, 3).tobytes() != odd_rows(trees, real, 4).tobytes()


@pytest.mark.parametrize("sample", SAMPLES)
def test_onnx_runtime_in_float64_passes_and_in_float32_does_not(sample: str) -> None:
    own, files, _, real = learnt(sample)
    twin = make_twin("onnx", "lightgbm", files, real.shape[1])
    assert isinstance(twin, Twin)
    hard = hard_rows("lightgbm", files, real, 3)
    assert first_apart(own, twin.evaluator, hard) is None
    assert first_apart(own, twin.evaluator, real) is None
    assert first_apart(own, OnnxEvaluator(onnx_model("lightgbm", files, real.shape[1], "float32")), hard) is not None


def test_a_threshold_that_is_off_by_one_bit_is_found_whichever_it_is() -> None:
    """No real row lies so near: only a made one tells."""
    own, files, trees, real = learnt("bike_sharing.parquet", 4)
    hard, found = odd_rows(trees, real, 3), []
    for node in {node.threshold for tree in trees.trees for node in tree.nodes if node.members is None}:
        for way in (np.inf, -np.inf):
            text = moved(files[FILE], node, float(np.nextafter(node, way)))
            found.append(first_apart(own, load_evaluator("lightgbm", {FILE: text}), hard) is not None)
    assert len(found) > 40
    assert all(found)


def moved(text: bytes, old: float, new: float) -> bytes:
    """The model with another threshold, wherever it had the old one."""
    head, _, body = text.decode().partition("\n\n")
    trees = body.partition("\nend of trees")[0].split("Tree=")[1:]
    lines = [[swapped(line, old, new) for line in tree.split("\n")] for tree in trees]
    blocks = ["Tree=" + "\n".join(tree) for tree in lines]
    blocks[-1] += "\n" if not blocks[-1].endswith("\n") else ""
    sizes = "tree_sizes=" + " ".join(str(len(block)) for block in blocks)
    head = "\n".join(sizes if line.startswith("tree_sizes=") else line for line in head.split("\n"))
    return f"{head}\n\n{''.join(blocks)}end of trees\n".encode()


def swapped(line: str, old: float, new: float) -> str:
    if not line.startswith("threshold="):
        return line
    return "threshold=" + " ".join(repr(new) if float(word) == old else word for word in line[10:].split())


def test_what_cannot_stand_for_a_model_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    _, files, _, real = learnt("german_credit.parquet")
    assert make_twin("onnx", "lightgbm", {FILE: linear_leaves(files[FILE])}, real.shape[1]) == (
        "cannot read these trees: a leaf that holds a linear model cannot be read"
    )
    monkeypatch.setattr("millwright.models.twins.find_spec", lambda name: None if name == "onnxruntime" else object())
    assert make_twin("onnx", "lightgbm", files, real.shape[1]) == "not installed: pip install 'millwright[onnx]'"
    assert len(hard_rows("linear", {}, real, 3)) == 0


def linear_leaves(text: bytes) -> bytes:
    return text.replace(b"is_linear=0", b"is_linear=1")


def test_of_many_trees_some_of_the_rows_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    _, files, trees, real = learnt("bike_sharing.parquet", 4)
    every = odd_rows(trees, real, 3)
    assert len(hard_rows("lightgbm", files, real, 3)) == len(every)
    monkeypatch.setattr("millwright.models.twins.MOST_WALKS", 2_500 * len(trees.trees))
    assert hard_rows("lightgbm", files, real, 3).tobytes() == every[:2_500].tobytes()
    monkeypatch.setattr("millwright.models.twins.MOST_WALKS", 10)
    assert len(hard_rows("lightgbm", files, real, 3)) == 2_000
