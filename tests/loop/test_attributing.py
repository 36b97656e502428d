"""Why the live metric changed, from a kiosk's own log: sales that turned against the warmth, a feed that broke, and nothing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from kiosk import DAY, at, changed, hours_of, in_thousandths, kiosk, live, opened, weeks
from told_world import World, a_decision, a_drift, a_finding

from millwright.cli.main import cli
from millwright.errors import NotFound
from millwright.loop.attributing import attribute_change
from millwright.loop.workshop import Workshop
from millwright.project import Project
from millwright.records.spec import SearchSpec, SplitSpec

CALM, BROKEN, TURNED = (weeks(0), weeks(4)), (weeks(4), weeks(8)), (weeks(8), weeks(12))
FOUR_WEEKS = timedelta(weeks=4)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Four calm weeks, four with the warmth in thousandths, and four in which sales fall with it. Not to be written to."""
    folder = tmp_path_factory.mktemp("why")
    spec = {"search": SearchSpec(budget="10m", trials=4, families=("linear",)), "split": SplitSpec(holdout=0.5, folds=3)}
    project = opened(kiosk(folder, **spec))
    live(project, *CALM)
    live(project, *BROKEN, change=in_thousandths)
    live(project, *TURNED, turned_from=TURNED[0])
    return project


def shop_at(project: Project, end: int) -> Workshop:
    return at(project, weeks(end) + DAY)


def test_calm_weeks_have_nothing_to_explain(lived: Project) -> None:
    found = attribute_change(shop_at(lived, 4), FOUR_WEEKS)
    assert not found.changed
    assert (found.kinds, found.look) == ((), ())
    assert found.reference_rows == 297  # half of 75 days, but for the hours at the seam
    assert found.block == "day"


def test_a_broken_feed_is_named_and_not_taken_for_another_concept(lived: Project) -> None:
    found = attribute_change(shop_at(lived, 8), FOUR_WEEKS)
    assert found.leading == "data_fault"
    assert [(part.column, part.fault) for part in found.columns if part.kind == "data_fault"] == [("warmth", "unit")]
    times = float(found.columns[0].sentence.split("about ")[1].split(" times")[0])
    assert times == pytest.approx(1000, rel=0.1)
    assert found.look[0].startswith("mw log predictions --since 35d --where \"event_at >= '2024-02-02 00:00'")


def test_sales_that_turned_are_another_relation_along_the_warmth(lived: Project) -> None:
    found = attribute_change(shop_at(lived, 12), FOUR_WEEKS)
    assert found.leading == "concept"
    assert found.columns[0].column == "warmth"
    whole, change = found.of("concept"), found.change.value
    assert whole is not None
    assert change is not None
    assert whole.value == pytest.approx(change, rel=0.1)
    assert any("warmth" in command for command in found.look)


def test_the_command_prints_a_sentence_a_table_and_rows_to_look_at(
    lived: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = shop_at(lived, 12)
    monkeypatch.setattr(Project, "workshop", shop)
    asked = ["-C", str(lived.path.parent), "quality", "why", "--since", "28d"]
    first, second, *rest = ran(capsys, *asked).splitlines()
    assert "from a changed relation between inputs and outcomes (most: warmth" in first
    assert "beside 297 that it was judged on, resampled by day" in second
    assert any(line.startswith("  warmth: concept") for line in rest)
    assert "Rows to look at:" in rest
    body = json.loads(ran(capsys, *asked, "--metric", "mae", "--json"))
    assert (body["schema"], body["metric"], body["leading"]) == ("millwright.attribution/1", "mae", "concept")
    for command in (line.strip() for line in rest if line.strip().startswith("mw log")):
        where = command.split("--where ")[1].strip('"')
        assert lived_rows(shop, where) > 0, command


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    cli.main(list(words), standalone_mode=False)
    return capsys.readouterr().out


def lived_rows(shop: Workshop, where: str) -> int:
    from millwright.loop.log_query import Asked, ask_log

    return ask_log(shop, Asked(start=weeks(0), end=weeks(12), where=where)).matched


def test_what_cannot_be_explained_is_said(lived: Project, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing is live"):
        attribute_change(at(kiosk(tmp_path), weeks(0)))
    with pytest.raises(NotFound, match="has a label that had time to come"):
        attribute_change(at(lived, weeks(20)), timedelta(days=2))
    with pytest.raises(NotFound, match="no metric"):
        attribute_change(shop_at(lived, 12), FOUR_WEEKS, "gini")


def test_hashed_features_leave_the_change_and_not_its_parts(lived: Project, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(lived.path.parent, tmp_path / "kiosk")
    project = changed(Project(tmp_path / "kiosk"), log={"redact": ("warmth",)})
    found = attribute_change(shop_at(project, 12), FOUR_WEEKS)
    assert found.changed
    assert found.kinds == ()
    assert any("warmth stands hashed in the log" in why for why in found.cannot)


def test_a_finding_that_it_does_worse_points_to_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path / "told")
    world.found(a_finding("concept", id="worse", check="decay"), a_drift())
    said = {name: ran(capsys, "-C", str(tmp_path / "told"), "findings", name) for name in ("worse", "drift")}
    assert "`mw quality why`" in said["worse"]
    assert "`mw quality why`" not in said["drift"]
    decision = world.decided(a_decision("alert", evidence={"findings": ["worse"]}))
    assert "`mw quality why`" in "\n".join(world.project.explain(decision.number).lines)


def test_rows_of_the_world_are_as_the_fixture_says() -> None:
    assert len(list(hours_of(*CALM))) == 4 * 56
