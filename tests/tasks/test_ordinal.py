"""Levels in their order: which there are, what is answered, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.data.target_checks import target_checks
from millwright.errors import DataRefused
from millwright.records.data import Contract
from millwright.records.modelling import Calibrator, PayloadInfo
from millwright.records.spec import DataSpec
from millwright.tasks.registry import infer_task, task

LEVELS = ("low", "medium", "high")


def spec(*levels: str | int | float) -> DataSpec:
    return DataSpec(source="x.csv", target="y", task="ordinal", levels=levels or LEVELS)


def info(costs: tuple[tuple[float, ...], ...] = ()) -> PayloadInfo:
    return PayloadInfo(
        project="p", task="ordinal", target="y", classes=LEVELS, evaluator="e", model_files=(),
        calibrator=Calibrator(kind="softmax"), costs=costs,
    )  # fmt: skip


def test_levels_keep_the_order_of_the_spec_and_those_without_rows() -> None:
    kind = task("ordinal")
    cells = np.array(["high", "low", None, "high"], dtype=object)
    assert kind.classes(cells, spec()) == LEVELS
    assert kind.encode(cells, LEVELS) == pytest.approx([2, 0, np.nan, 2], nan_ok=True)
    assert kind.classes(np.array([10.0, 3.0, np.nan]), spec(10, 2.5, 3.0)) == ("10", "2.5", "3")
    assert infer_task(np.array(["low", "high", "medium"] * 9, dtype=object)) == "multiclass", "an order is never guessed"


@pytest.mark.parametrize(
    ("cells", "code", "fix"),
    [
        (["low", "hgh", "high"], "target.levels", 'did you mean "high"'),
        (["low", "severe"], "target.levels", "data.levels"),
        (["low", "low"], "target.constant", "data.target"),
        ([None, None], "target.empty", "data.target"),
    ],
)
def test_a_target_without_these_levels_is_refused(cells: list[str | None], code: str, fix: str) -> None:
    with pytest.raises(DataRefused) as refused:
        task("ordinal").classes(np.array(cells, dtype=object), spec())
    assert (refused.value.code, "'y'" in refused.value.where) == (code, True)
    assert fix in refused.value.fix


def test_the_check_counts_rows_of_no_level_and_names_levels_of_no_row() -> None:
    cells = np.array(["low", "severe", "severe", "high"] * 20, dtype=object)
    contract = Contract(columns=())
    found = {check.code: check for check in target_checks({"y": cells}, contract, "y", "ordinal", None, LEVELS)}
    assert (found["target:levels"].severity, found["target:levels"].count) == ("stop", 40)
    assert "'severe'" in found["target:levels"].message
    assert found["target:bare_levels"].message == "no row of y has the level medium"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9_999), costs=st.sampled_from([(), ((0.0, 1.0, 9.0), (1.0, 0.0, 1.0), (9.0, 1.0, 0.0))]))
def test_a_row_and_a_batch_answer_alike_to_the_bit(seed: int, costs: tuple[tuple[float, ...], ...]) -> None:
    kind, raw = task("ordinal"), np.random.default_rng(seed).normal(0, 5, (30, 3))
    said = kind.link(raw)
    many, rows = kind.answers(said, info(costs)), [kind.answer(row, info(costs)) for row in said.tolist()]
    assert [row["expected_rank"] for row in rows] == many["expected_rank"].tolist()
    assert [row["label"] for row in rows] == many["label"].tolist()
    assert ((many["expected_rank"] >= 1 - 1e-12) & (many["expected_rank"] <= 3 + 1e-12)).all()
    assert many["expected_rank"] == pytest.approx(said @ np.array([1.0, 2.0, 3.0]))
    assert all(list(row["probabilities"]) == list(LEVELS) and min(row["probabilities"].values()) >= 0 for row in rows)
    assert kind.outputs_of(rows, info(costs)).tobytes() == said.tobytes()


def test_far_mistakes_that_cost_more_move_the_answer_between_the_ends() -> None:
    said, far = [0.45, 0.1, 0.45], ((0.0, 1.0, 9.0), (1.0, 0.0, 1.0), (9.0, 1.0, 0.0))
    assert task("ordinal").answer(said, info())["label"] == "low"
    assert task("ordinal").answer(said, info(far))["label"] == "medium"
