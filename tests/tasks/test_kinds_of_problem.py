"""Targets to codes, scores to outputs, outputs to answers."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import DataRefused, NotFound
from millwright.records.modelling import Calibrator, PayloadInfo
from millwright.records.spec import DataSpec
from millwright.tasks.registry import TASKS, infer_task, task


def texts(*cells):
    return np.array(cells, dtype=object)


def spec(**more):
    return DataSpec(source="x.csv", target="y", **({"task": "binary"} | more))


def info(name, **more):
    return PayloadInfo(
        project="p", task=name, target="y", evaluator="constant", model_files=(), calibrator=Calibrator(kind="identity"), **more
    )


@pytest.mark.parametrize(
    ("target", "positive", "classes"),
    [
        (texts("yes", "no", "no", None), None, ("no", "yes")),
        (texts("good", "bad", "good"), None, ("good", "bad")),
        (texts("good", "bad", "good"), "good", ("bad", "good")),
        (texts(">50K", "<=50K", "<=50K"), ">50K", ("<=50K", ">50K")),
        (texts("True", "False"), True, ("False", "True")),
        (texts("1", "2", "1"), 1, ("2", "1")),
        (texts("1", "0"), "true", ("0", "1")),
        (np.array([1.0, 0, np.nan, 0]), None, ("0", "1")),
        (np.array([1.0, 0, 0]), 0, ("1", "0")),
        (np.array([1.0, 0, 0]), True, ("0", "1")),
        (np.array([1.0, 0, 0]), "1.0", ("0", "1")),
        (np.array([1.0, 2, 2]), 2, ("1", "2")),
        (np.array([-1.5, 2.5]), 2.5, ("-1.5", "2.5")),
        (np.array([0.0, 1.0, np.inf]), None, ("0", "1")),
    ],
)
def test_the_two_classes_of_a_binary_target(target, positive, classes):
    assert TASKS["binary"].classes(target, spec(positive=positive)) == classes


@pytest.mark.parametrize(
    ("name", "target", "code"),
    [
        ("binary", texts("a", "a"), "target.constant"),
        ("binary", texts(None, None), "target.empty"),
        ("binary", texts("a", "b", "c"), "target.classes"),
        ("binary", np.array([3, 4], dtype=np.int64), "target.date"),
        ("multiclass", np.zeros(3), "target.constant"),
        ("multiclass", np.arange(500.0), "target.classes"),
        ("regression", texts("a", "b"), "target.text"),
        ("regression", np.full(4, 0.1), "target.constant"),
        ("regression", np.full(4, np.nan), "target.empty"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused_in_one_sentence(name, target, code):
    with pytest.raises(DataRefused) as refused:
        TASKS[name].classes(target, spec(task=name))
    assert refused.value.code == code
    assert "'y'" in refused.value.where
    assert refused.value.fix


def test_a_positive_value_that_no_row_has_is_refused_with_those_there_are():
    with pytest.raises(DataRefused, match="bad and good"):
        TASKS["binary"].classes(texts("good", "bad"), spec(positive="great"))


def test_classes_are_in_order_and_whole_numbers_have_no_point():
    assert TASKS["multiclass"].classes(np.array([10.0, 2, 3, np.nan]), spec(task="multiclass")) == ("2", "3", "10")
    assert TASKS["multiclass"].classes(texts("b", "a", None, "c"), spec(task="multiclass")) == ("a", "b", "c")
    assert TASKS["regression"].classes(np.array([1.0, 2.0]), spec(task="regression")) == ()


def test_missing_and_unknown_cells_have_no_code():
    for name in ("binary", "multiclass"):
        assert TASKS[name].encode(texts("b", "a", None, "z"), ("a", "b")) == pytest.approx([1, 0, np.nan, np.nan], nan_ok=True)
        assert TASKS[name].encode(np.array([3.0, np.nan, 1.0]), ("1", "3")) == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert TASKS["regression"].encode(np.array([3.0, np.inf]), ()) == pytest.approx([3, np.nan], nan_ok=True)


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=30))
def test_codes_name_the_class_they_came_from(cells):
    classes = tuple(sorted({cell for cell in cells if cell is not None}))
    codes = TASKS["multiclass"].encode(texts(*cells), classes)
    assert [None if code != code else classes[int(code)] for code in codes.tolist()] == cells


@given(st.lists(st.floats(allow_nan=False), min_size=2, max_size=30, unique=True))
def test_every_finite_number_is_a_class_of_its_own(values):
    finite = [value for value in values if np.isfinite(value)]
    target = np.array(values)
    if len(finite) > 1 and not (0.0 in finite and len(finite) == 2):
        classes = TASKS["multiclass"].classes(target, spec(task="multiclass"))
        assert sorted(TASKS["multiclass"].encode(np.sort(finite), classes).tolist()) == list(range(len(classes)))


@given(st.lists(st.floats(allow_nan=False, width=64), min_size=1, max_size=20))
def test_a_probability_is_between_0_and_1_and_mirrored(scores):
    up = TASKS["binary"].link(np.array(scores)[:, None])
    down = TASKS["binary"].link(-np.array(scores)[:, None])
    assert ((up >= 0) & (up <= 1)).all()
    assert up + down == pytest.approx(1.0)


@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=9))
def test_probabilities_sum_to_1(scores):
    out = TASKS["multiclass"].link(np.array([scores]))
    assert out.sum() == pytest.approx(1.0)
    assert out.shape == (1, len(scores))


def test_links_keep_shapes_even_without_rows():
    assert TASKS["binary"].link(np.zeros((0, 1))).shape == (0,)
    assert TASKS["multiclass"].link(np.zeros((0, 3))).shape == (0, 3)
    assert TASKS["regression"].link(np.array([[1.0], [2.0]])).tolist() == [1.0, 2.0]
    assert [TASKS[name].raw_width(("a", "b", "c")) for name in ("binary", "multiclass", "regression")] == [1, 3, 1]


def test_answers():
    yes_no = info("binary", classes=("no", "yes"), positive="yes", threshold=0.2)
    assert TASKS["binary"].answer([0.2], yes_no) == {"probability": 0.2, "decision": True, "label": "yes"}
    assert TASKS["binary"].answer([0.19], yes_no) == {"probability": 0.19, "decision": False, "label": "no"}
    three = info("multiclass", classes=("a", "b", "c"))
    assert TASKS["multiclass"].answer([0.4, 0.4, 0.2], three) == {
        "probabilities": {"a": 0.4, "b": 0.4, "c": 0.2},
        "label": "a",
    }
    assert TASKS["regression"].answer([3.0], info("regression")) == {"value": 3.0}
    ranged = info("regression", interval=(-1.0, 2.0), interval_level=0.9)
    assert TASKS["regression"].answer([3.0], ranged) == {"value": 3.0, "low": 2.0, "high": 5.0}


def test_answers_are_plain_json():
    answer = TASKS["binary"].answer([0.7], info("binary", classes=("no", "yes")))
    assert json.loads(json.dumps(answer)) == {"probability": 0.7, "decision": True, "label": "yes"}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (texts("a", "b", "a"), "binary"),
        (texts("a", "b", "c"), "multiclass"),
        (np.array([0.0, 1, 1, np.nan]), "binary"),
        (np.tile([1.0, 2, 3], 20), "multiclass"),
        (np.arange(100.0), "regression"),
        (np.array([0.5, 1.5, 2.5] * 50), "regression"),
    ],
)
def test_the_kind_of_problem_is_read_from_the_target(target, name):
    assert infer_task(target) == name


def test_an_unknown_task_gets_the_nearest():
    assert task("binary") is TASKS["binary"]
    with pytest.raises(NotFound, match='did you mean "multiclass"'):
        task("multi_class")


def test_a_server_can_import_tasks_without_heavy_libraries():
    heavy = "{'sklearn', 'pandas', 'scipy', 'lightgbm', 'duckdb'}"
    code = f"import sys, millwright.tasks.registry as _; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
