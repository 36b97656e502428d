"""Quality while labels are missing, few or late, from a kiosk's own log: estimates, label requests, maturity, parts."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from kiosk import DAY, at, changed, hours_of, kiosk, live, opened, weeks

from millwright.errors import Conflict, DataRefused, NotFound
from millwright.loop.estimating import estimate_lines, estimate_quality
from millwright.loop.label_requests import request_labels, requests_of, write_asked
from millwright.loop.label_sample import finding_of, label_sample
from millwright.loop.late_labels import learn_maturity, quality_over_time
from millwright.loop.opened import live_version, open_model
from millwright.loop.playing import DirectPlane
from millwright.loop.tick import tick
from millwright.loop.workshop import Workshop
from millwright.project import Project
from millwright.records.estimating import LabelRequest, LabelSample
from millwright.records.spec import SearchSpec
from millwright.serve.inprocess import InProcess

WEEK = 7 * DAY


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Three weeks of a kiosk that has learnt the warmth, and a fourth in which sales fall with it and nobody tells any. Not to
    be written to."""
    folder = tmp_path_factory.mktemp("quality")
    project = opened(kiosk(folder, search=SearchSpec(budget="10m", trials=4, families=("linear",))))
    live(project, weeks(0), weeks(3))
    live(project, weeks(3), weeks(4), turned_from=weeks(3), labels=False)
    return project


def shop_of(project: Project, tmp_path: Path, moment: datetime) -> Workshop:
    import shutil

    shutil.copytree(project.path.parent, tmp_path / "kiosk")
    return at(Project(tmp_path / "kiosk"), moment)


def tell(shop: Workshop, request: LabelRequest, rows: int, moment: datetime, *, turned_from: datetime) -> None:
    """What came true for the first rows of a request, looked up in the world and told."""
    sold = {row["at"]: value for row, value in hours_of(request.start, request.end, turned_from)}
    labels = [{"id": row.id, "value": sold[row.event_at.isoformat()], "at": moment.isoformat()} for row in request.rows[:rows]]
    inside = InProcess(shop.home.root, shop.trust)
    try:
        inside.look()
        DirectPlane(inside, shop.project).label(labels)
    finally:
        inside.close()


def sample_of(shop: Workshop) -> LabelSample:
    version = live_version(shop)
    assert version is not None
    found = label_sample(shop, open_model(shop, version))
    assert found is not None
    return found


def test_an_estimate_rests_on_sealed_rows_and_matured_answers_and_does_not_see_the_turn(lived: Project) -> None:
    found = estimate_quality(at(lived, weeks(4)), WEEK)
    assert found.overlap.rows == 56
    assert found.overlap.reference_rows == 119 + 3 * 56 - 8  # a fifth of 75 days, and three weeks but for the last day
    error = next(m for m in found.of("loss_model").metrics if m.name == "mae").interval
    assert error.low is not None
    assert error.high is not None
    assert error.low < 3.2 < error.high < 6  # of a normal noise of 4, where it is about 35 by now
    lines = "\n".join(estimate_lines(found))
    assert found.blind in lines
    assert "if rows that look as hard" in lines


def test_labels_of_a_random_sample_see_it(lived: Project, tmp_path: Path) -> None:
    shop = shop_of(lived, tmp_path, weeks(4))
    request, rows = request_labels(shop, 40, WEEK)
    assert requests_of(shop) == (request,)
    assert (request.of, request.wanted, request.seed) == (56, 40, 8)
    asked = list(csv.DictReader(io.StringIO(write_asked(request, rows))))
    assert [row["id"] for row in asked] == [row.id for row in request.rows if not row.labelled]
    assert all(row["value"] == "" and row["asked.warmth"] for row in asked)
    before = sample_of(shop)
    assert not before.concept
    assert before.told < before.asked
    tell(shop, request, 25, weeks(4), turned_from=weeks(3))
    found = sample_of(at(Project(shop.base), weeks(4) + timedelta(hours=1)))
    assert found.concept
    assert found.risk
    assert found.after is not None
    assert found.after <= 25 + found.told
    assert found.powered.low is not None
    assert found.powered.low > found.promised + found.margin
    finding = finding_of(found, weeks(4))
    assert finding is not None
    assert (finding.kind, finding.check, finding.version) == ("concept", "label_sample", 1)
    tick(at(changed(Project(shop.base), policy={"mode": "advise"}), weeks(5)), lambda _progress: None)
    assert "label_sample" in {finding.check for finding in Project(shop.base).findings()}


def test_a_sample_of_unchanged_weeks_is_quiet_and_two_draws_by_one_seed_are_one(lived: Project, tmp_path: Path) -> None:
    shop = shop_of(lived, tmp_path, weeks(3))
    first, _ = request_labels(shop, 20, WEEK, seed=5)
    second, _ = request_labels(shop, 20, WEEK, seed=5)
    assert [row.id for row in first.rows] == [row.id for row in second.rows]
    assert (first.number, second.number) == (1, 2)
    tell(shop, first, len(first.rows), weeks(3), turned_from=weeks(3))
    found = sample_of(at(Project(shop.base), weeks(3) + timedelta(hours=1)))
    assert found.told >= len(first.rows)
    assert not found.concept
    assert not found.risk
    assert finding_of(found, weeks(3)) is None
    assert "no sign" in found.sentence


def test_what_cannot_be_asked_for_is_said(lived: Project, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="0 predictions"):
        request_labels(at(lived, weeks(6)), 10, timedelta(hours=1))
    with pytest.raises(NotFound, match="nothing is live"):
        estimate_quality(at(kiosk(tmp_path), weeks(0)), WEEK)
    assert requests_of(at(lived, weeks(4))) == ()


def test_labels_are_a_day_late_and_complete_until_then(lived: Project) -> None:
    found = learn_maturity(at(lived, weeks(3)), 3 * WEEK)
    assert found.half == pytest.approx(1.0)
    assert found.most == pytest.approx(1.0)
    assert found.complete_until == weeks(3) - DAY
    assert found.predictions == 3 * 56
    assert found.points[-1].share > 0.95


def test_quality_by_week_says_where_labels_lack_and_by_group_shows_each(lived: Project) -> None:
    found = quality_over_time(at(lived, weeks(4)), "week", 4 * WEEK)
    assert sum(part.predictions for part in found.parts) == 4 * 56
    assert 0 < sum(part.labelled for part in found.parts) <= 3 * 56
    full = max(found.parts, key=lambda part: part.labelled)
    error = next(m for m in full.metrics if m.name == "mae" or m.name == "rmse").interval
    assert error.value == pytest.approx(4, abs=1)
    assert error.low is not None
    assert found.parts[-1].metrics == ()
    assert "old enough: 0, it takes 30" in found.parts[-1].cannot
    by_square = quality_over_time(at(lived, weeks(4)), "square", 4 * WEEK)
    assert {part.part for part in by_square.parts} == {"square 0", "square 1", "square 2"}
    few = quality_over_time(at(lived, weeks(1)), "square", 5 * DAY)
    assert all("too" in part.cannot or "it takes" in part.cannot for part in few.parts)
    with pytest.raises(DataRefused):
        quality_over_time(at(lived, weeks(4)), "no such column", 4 * WEEK)
