"""Questions to the log: which rows, with which labels, and what a wrong question is told."""

from typing import Any

import pytest
from kiosk import at, weeks
from kiosk_stages import Stages

from millwright.errors import MillwrightError
from millwright.loop.log_query import Asked, LogPage, ask_log
from millwright.project import Project


@pytest.fixture(scope="module")
def lived(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A kiosk with four weeks of sales, the last of them with a canary. Not to be written to."""
    return stages.copy("promote", tmp_path_factory.mktemp("lived") / "kiosk")


def found(project: Project, where: str = "true", **more: Any) -> LogPage:
    return ask_log(at(project, weeks(4)), Asked(start=weeks(0), end=weeks(4), where=where, **more))


def test_the_newest_rows_come_first_with_the_labels_known_by_then(lived: Project) -> None:
    page = found(lived, limit=300)
    assert (page.predictions, page.matched, len(page.rows)) == (224, 224, 224)
    times = [row.event_at for row in page.rows]
    assert times == sorted(times, reverse=True)
    labelled = [row.label is not None for row in page.rows]
    assert labelled.count(True) == 224 - 8
    assert not any(labelled[:8]), "the last day's labels come later"


def test_a_condition_may_name_features_and_what_was_answered(lived: Project) -> None:
    warm = found(lived, "warmth > 20 and square = 'square 1'", limit=300)
    assert 0 < warm.matched < 60
    assert all(row.request["warmth"] > 20 and row.request["square"] == "square 1" for row in warm.rows)
    high = found(lived, "score > 120", limit=300)
    assert {row.answer["value"] > 120 for row in high.rows} == {True}
    assert found(lived, "score <= 120").matched + high.matched == 224
    later = found(lived, f"event_at >= '{weeks(3):%Y-%m-%d}'", limit=300)
    assert later.matched == 56
    assert {row.version for row in found(lived, "role = 'canary'").rows} == {2}


def test_labels_are_values_to_compare(lived: Project) -> None:
    sold = found(lived, "label is not null and label::double > 110", limit=300)
    assert sold.matched
    assert all(float(row.label or "nan") > 110 for row in sold.rows)


def test_a_limit_shows_some_and_counts_all(lived: Project) -> None:
    page = found(lived, limit=3)
    assert (page.matched, len(page.rows)) == (224, 3)
    assert found(lived, limit=0).rows == ()


def test_a_time_without_traffic_is_empty(lived: Project) -> None:
    page = ask_log(at(lived, weeks(60)), Asked(start=weeks(50), end=weeks(60)))
    assert (page.predictions, page.matched, page.rows) == (0, 0, ())


@pytest.mark.parametrize(
    "where",
    [
        "scor > 1",
        "score >",
        "1=1) (",
        "",
        "score > 1; drop view log",
        "exists (from read_csv('/etc/passwd'))",
        "sum(score) > 1",
    ],
)
def test_a_condition_that_is_none_is_refused_in_one_line(lived: Project, where: str) -> None:
    with pytest.raises(MillwrightError, match="the condition is not understood") as refused:
        found(lived, where)
    assert refused.value.code == "log.where"
    assert "\n" not in str(refused.value)
