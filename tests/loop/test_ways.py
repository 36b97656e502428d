"""What simpler ways would have answered: each model to the requests of its own time; nothing of it gets into the home."""

from pathlib import Path

import numpy as np
import pytest
from kiosk import START, at, changed, kiosk, live, opened, weeks

from millwright.loop.ways import ALWAYS, NEVER, POLICY, Outcomes, outcomes_of, ways_of
from millwright.predictions.layout import to_microseconds
from millwright.project import Project

MOMENTS = [weeks(2), weeks(4)]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Project:
    """Six weeks, sales turned from the third week on, nobody retraining."""
    project = opened(kiosk(tmp_path_factory.mktemp("lived")))
    live(project, weeks(0), weeks(6), turned_from=weeks(2))
    return changed(project, retrain={"holdout": "3d", "data": "log"}, search={"families": ("linear",)})


@pytest.fixture(scope="module")
def outcomes(lived: Project) -> Outcomes:
    before = sorted(path.name for path in lived.workshop.home.root.rglob("*"))
    said: list[str] = []
    found = outcomes_of(at(lived, weeks(7)), START, weeks(6), MOMENTS, 0, said.append)
    assert [line.split()[3] for line in said] == [f"{moment:%Y-%m-%d}" for moment in MOMENTS]
    assert sorted(path.name for path in lived.workshop.home.root.rglob("*")) == before, "nothing is left behind"
    return found


def within(outcomes: Outcomes, start: int, end: int) -> np.ndarray:
    return (outcomes.event >= to_microseconds(weeks(start))) & (outcomes.event < to_microseconds(weeks(end)))


def test_all_ways_answer_the_same_labelled_rows(outcomes: Outcomes) -> None:
    assert set(outcomes.outputs) == {POLICY, NEVER, ALWAYS}
    assert {len(output) for output in outcomes.outputs.values()} == {len(outcomes.y)}
    assert np.array_equal(outcomes.outputs[POLICY], outcomes.outputs[NEVER]), (
        "nobody retrained: what was answered is the first's"
    )


def test_a_model_answers_from_its_own_moment_on_until_the_next(outcomes: Outcomes) -> None:
    never, always = outcomes.outputs[NEVER], outcomes.outputs[ALWAYS]
    before, first, second = within(outcomes, 0, 2), within(outcomes, 2, 4), within(outcomes, 4, 6)
    assert np.array_equal(always[before], never[before])
    assert not np.array_equal(always[first], never[first])
    wrong = [float(np.abs(always[rows] - outcomes.y[rows]).mean()) for rows in (first, second)]
    assert wrong[1] < 0.8 * wrong[0], "only the second has learnt from turned sales"


def test_months_are_counted_and_compared(outcomes: Outcomes) -> None:
    ways = {way.name: way for way in ways_of(outcomes, ["rmse"], "UTC", 0.95, 50, 1)}
    assert [month.month for month in ways[NEVER].months] == ["2024-01", "2024-02"]
    assert sum(month.n for month in ways[NEVER].months) == len(outcomes.y)
    assert ways[ALWAYS].retrains == len(MOMENTS)
