"""Every route that reads, asked with what is there: the answer is as the API's description says."""

import io
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from console_world import Control, Who

from millwright.api.app import describe
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.predictions.browse import Sought, browse
from millwright.predictions.window import Logs

RANGE = {"from": "2024-01-01", "to": "2024-01-12"}


@pytest.fixture(scope="module")
def ada(control: Control) -> Who:
    return control.person("root")


@pytest.fixture(scope="module")
def names(control: Control, ada: Who) -> dict[str, str]:
    """Something that is there for each part of a path."""
    get = lambda path, **params: control.get(f"projects/kiosk/{path}", ada, params=params).json()  # noqa: E731
    return {
        "project": "kiosk",
        "run": get("runs")["items"][0]["run"]["id"],
        "version": "v2",
        "number": "1",
        "snapshot": get("data")["items"][0]["id"],
        "other": get("data")["items"][-1]["id"],
        "column": "warmth",
        "prediction": get("log/predictions")["items"][0]["id"],
    }


DOCUMENT = describe().openapi()
NOT_READ = ("/events", "/share/", "/oidc", "{finding}", "{rehearsal}", "/report", "/export", "/package")
READS = sorted(
    path.removeprefix("/api/v1/")
    for path, said in DOCUMENT["paths"].items()
    if "get" in said and not any(end in path for end in NOT_READ)
)


@pytest.mark.parametrize("path", READS)
def test_an_answer_is_as_described(control: Control, ada: Who, names: dict[str, str], path: str) -> None:
    asked = path
    for name, value in names.items():
        asked = asked.replace(f"{{{name}}}", value)
    params = {**RANGE, "runs": names["run"]} if "/compare" in path and "data" not in path else dict(RANGE)
    params |= {"time": "2024-01-06"} if path.endswith("/at") else {}
    said = control.get(asked, ada, params=params)
    assert said.status_code == 200, said.text
    response = DOCUMENT["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(said.json())


def test_home_says_what_is_wrong_the_worst_first(control: Control, ada: Who) -> None:
    row = control.get("projects", ada).json()["items"][0]
    assert row["badness"] >= sum(trouble["level"] == "worse" for trouble in row["troubles"])
    assert row["status"]["live"]["version"] == 1
    assert row["traffic"] is None


def test_the_log_is_looked_through_page_by_page_and_each_row_comes_once(control: Control, ada: Who) -> None:
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(20):
        said = control.get("projects/kiosk/log/predictions", ada, params={"limit": 9, "cursor": cursor, "wait_s": 20}).json()
        assert said["total"] == 56
        found += said["items"]
        cursor = said["next"] or ""
        if not cursor:
            break
    assert len({row["id"] for row in found}) == len(found) == 56
    assert [row["event_at"] for row in found] == sorted((row["event_at"] for row in found), reverse=True)
    labelled = [row for row in found if row["label"]]
    assert len(labelled) == 48, "the labels of the last day are not told yet"


def test_the_log_is_searched_by_id_key_and_score(control: Control, ada: Who) -> None:
    ask = lambda **params: control.get("projects/kiosk/log/predictions", ada, params={"wait_s": 20} | params).json()["items"]  # noqa: E731
    every = ask(limit=100)
    some = every[17]
    assert [row["id"] for row in ask(id=some["id"].upper())] == [some["id"]]
    assert [row["id"] for row in ask(key=some["key"])] == [some["id"]]
    assert ask(key="' or 1=1 --") == []
    low, high = some["score"] - 0.5, some["score"] + 0.5
    wanted = [row["id"] for row in every if low <= row["score"] <= high]
    assert [row["id"] for row in ask(score_from=low, score_to=high, limit=100)] == wanted
    assert ask(role="shadow") == []
    assert ask(version=2) == []


def test_one_prediction_is_shown_with_what_each_column_added_and_its_labels(control: Control, ada: Who) -> None:
    rows = control.get("projects/kiosk/log/predictions", ada, params={"limit": 100, "wait_s": 20}).json()["items"]
    some = next(row for row in rows if row["label"])
    said = control.get(f"projects/kiosk/log/predictions/{some['id']}", ada).json()
    assert said["labels"]["rows"][0]["state"] == "counts"
    given = said["explanation"]
    assert given["base"] + sum(given["columns"].values()) == pytest.approx(some["answer"]["value"])
    missing = control.get("projects/kiosk/log/predictions/018d1939-4480-7000-8000-000adb879ced", ada)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "prediction.missing")


def test_the_log_as_it_is_browsed_is_the_log_as_it_is_asked(control: Control) -> None:
    from datetime import UTC, datetime

    from millwright.loop.log_query import Asked, ask_log

    start, end = datetime(2024, 1, 5, tzinfo=UTC), datetime(2024, 1, 9, tzinfo=UTC)
    shop = control.shop
    browsed = browse(Logs.of(shop.home.root), "kiosk", Sought(since=start, until=end), 500, seconds=60).lines
    asked = ask_log(shop, Asked(start=start, end=end, limit=500)).rows
    assert [line.id for line in browsed] == [row.id for row in asked]


def test_two_snapshots_are_held_side_by_side_the_most_different_column_first(control: Control, ada: Who) -> None:
    ids = [row["id"] for row in control.get("projects/kiosk/data", ada).json()["items"]]
    same = control.get(f"projects/kiosk/data/{ids[0]}/compare/{ids[0]}", ada).json()["items"]
    assert {column["distance"] for column in same} == {0.0}
    columns = control.get(f"projects/kiosk/data/{ids[0]}/columns", ada, params={"sort": "name", "limit": 2}).json()
    assert [column["name"] for column in columns["items"]] == ["at", "sold"]
    rest = control.get(f"projects/kiosk/data/{ids[0]}/columns", ada, params={"sort": "name", "cursor": columns["next"]}).json()
    assert [column["name"] for column in rest["items"]] == ["square", "warmth"]


def test_versions_are_compared_by_what_differs(control: Control, ada: Who) -> None:
    said = control.get("projects/kiosk/compare", ada, params={"versions": "v1,v2"}).json()
    differs = {line["setting"]: line["values"] for line in said["differs"]}
    assert differs["spec.search.families"] == [["baseline"], ["linear"]]
    assert "spec.project" not in differs
    assert said["equal"] > 20
    paired = [(one["of"], one["against"], one["comparison"]["metric"]) for one in said["paired"]]
    assert paired == [("v2", "v1", "rmse"), ("v2", "v1", "mae")]
    assert all(one["comparison"]["difference"]["low"] > 0 for one in said["paired"])


def test_a_version_that_was_changed_on_the_disk_says_so(fresh: Control) -> None:
    ada = fresh.person("ada", "viewer")
    package = fresh.get("projects/kiosk/versions/v2", ada).json()["version"]["package"]
    card = fresh.project.workshop.home.packages / package / "card.md"
    card.chmod(0o600)
    card.write_text("# a better card\n")
    said = fresh.get("projects/kiosk/versions/v2", ada).json()
    assert not said["signed"]["ok"]
    assert "card.md" in said["signed"]["refused"]
    assert (said["card"], said["evaluation"]) == ("", None)
    assert fresh.get("projects/kiosk/versions/v2/report", ada).status_code == 503
    assert fresh.get("projects/kiosk/versions/v2/package", fresh.person("olga", "operator")).status_code == 503


def test_a_version_is_tried_and_nothing_of_it_is_logged(control: Control, ada: Who) -> None:
    example = control.get("projects/kiosk/versions/v2", ada).json()["example"]
    said = control.post("projects/kiosk/versions/v2/predict", ada, {"rows": [example, {"warmth": "hot"}]}).json()["answers"]
    assert said[0]["answer"]["value"] == pytest.approx(
        said[0]["contributions"]["base"] + sum(said[0]["contributions"]["columns"].values())
    )
    assert (said[1]["answer"], said[1]["column"]) == (None, "warmth")
    assert control.get("projects/kiosk/log/predictions", ada).json()["total"] == 56


def test_a_report_is_shared_with_who_has_the_link_and_nothing_else_is(fresh: Control) -> None:
    from datetime import timedelta

    ada = fresh.person("ada", "operator")
    shared = fresh.post("projects/kiosk/versions/v2/share", ada, {"days": 2}).json()
    page = fresh.ask("GET", shared["path"])
    assert page.status_code == 200
    assert "<h1>" in page.text
    assert "v2: version 2 of project kiosk, entered " in page.text
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    body, _, tag = shared["path"].rpartition("/")[2].partition(".")
    for forged in (f"{body}.{'0' * len(tag)}", f"{body[:-2]}xx.{tag}", "x", body, "é.é"):
        assert fresh.get(f"share/{forged}").status_code == 404
    fresh.clock.ahead(timedelta(days=3))
    assert fresh.ask("GET", shared["path"]).status_code == 404


def test_a_report_is_under_the_name_of_its_version_and_is_what_was_signed(fresh: Control) -> None:
    ada = fresh.person("ada", "viewer")
    package = fresh.get("projects/kiosk/versions/v2", ada).json()["version"]["package"]
    signed = (fresh.project.workshop.home.packages / package / "report.html").read_text()
    page = fresh.get("projects/kiosk/versions/2/report", ada)
    said = page.text[page.text.index("<main>") + len("<main>") :].partition("</header>")
    assert "v2: version 2 of project kiosk, entered " in said[0]
    assert signed == page.text.replace(f"{said[0]}{said[1]}", "", 1)


def test_a_package_that_was_taken_away_verifies_where_it_is_unpacked(fresh: Control, tmp_path: Path) -> None:
    taken = fresh.get("projects/kiosk/versions/v2/package", fresh.person("olga", "operator"))
    assert 'filename="kiosk-v2.zip"' in taken.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(taken.content)) as file:
        file.extractall(tmp_path / "taken")
    (folder,) = (tmp_path / "taken").iterdir()
    verified = verify_package(folder, folder.name, Trust(fresh.project.workshop.trust))
    assert {"card.md", "sbom.json"} <= set(verified.files)
    assert fresh.get("projects/kiosk/versions/v2/package", fresh.person("vera", "viewer")).status_code == 403


def test_a_card_is_shared_as_a_page_of_its_own(fresh: Control) -> None:
    ada = fresh.person("ada", "operator")
    shared = fresh.post("projects/kiosk/versions/v2/share", ada, {"page": "card"}).json()
    page = fresh.ask("GET", shared["path"])
    assert page.status_code == 200
    assert "Model card of kiosk" in page.text
    assert "v2: version 2 of project kiosk, entered " in page.text
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert fresh.post("projects/kiosk/versions/v2/share", ada, {"page": "catalogue"}).status_code == 422
