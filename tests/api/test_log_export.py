"""The log as a file: the same rows as on the page, bounded, and no formulas of callers."""

import csv
import io
import json

import pytest
from console_world import Control, Who

from millwright.api.log_export import written

EXPORT, LIST = "projects/kiosk/log/export", "projects/kiosk/log/predictions"


@pytest.fixture(scope="module")
def ada(control: Control) -> Who:
    return control.person("ada", "viewer")


def test_both_forms_hold_the_rows_of_the_page(control: Control, ada: Who) -> None:
    page = control.get(LIST, ada, params={"limit": 500, "wait_s": 20}).json()["items"]
    said = control.get(EXPORT, ada, params={"format": "csv"})
    assert said.headers["content-type"].startswith("text/csv")
    assert said.headers["content-disposition"] == 'attachment; filename="kiosk-predictions.csv"'
    rows = list(csv.DictReader(io.StringIO(said.text)))
    lines = [json.loads(line) for line in control.get(EXPORT, ada, params={"format": "jsonl"}).text.splitlines()]
    assert [row["id"] for row in rows] == [line["id"] for line in lines] == [row["id"] for row in page]
    assert [float(row["asked.warmth"]) for row in rows] == [row["request"]["warmth"] for row in page]
    assert [line["label"] for line in lines] == [row["label"]["value"] if row["label"] else None for row in page]
    assert any(line["label"] is not None for line in lines)


def test_a_file_is_filtered_and_bounded_as_it_is_asked(control: Control, ada: Who) -> None:
    page = control.get(LIST, ada, params={"limit": 500, "wait_s": 20}).json()["items"]
    middle = sorted(row["score"] for row in page)[len(page) // 2]
    few = control.get(EXPORT, ada, params={"format": "jsonl", "score_from": middle, "rows": 7}).text.splitlines()
    wanted = [row["id"] for row in page if row["score"] >= middle][:7]
    assert [json.loads(line)["id"] for line in few] == wanted
    nothing = control.get(EXPORT, ada, params={"to": "2020-01-01"})
    assert (nothing.status_code, len(nothing.text.splitlines())) == (200, 1)


def test_many_goes_end_in_the_same_file(control: Control, ada: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = control.get(EXPORT, ada).text
    monkeypatch.setattr("millwright.api.routes.log.AT_ONCE", 5)
    assert control.get(EXPORT, ada).text == whole


@pytest.mark.parametrize("params", [{"rows": 100_001}, {"rows": 0}, {"format": "xlsx"}, {"from": "soon"}])
def test_what_is_no_file_is_refused(control: Control, ada: Who, params: dict[str, object]) -> None:
    assert control.get(EXPORT, ada, params=params).status_code == 422


def test_what_a_caller_sent_is_no_formula_and_no_column_is_lost() -> None:
    own = dict.fromkeys(("id", "event_at", "label"), None)
    first = [{**own, "id": "a", "asked.x": "=1+1", "asked.n": -2.5}]
    later = [{**own, "id": "b", "asked.x": True, "asked.late": "plain"}]
    text = b"".join(written("csv", iter([first, later]))).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[0]["asked.x"], rows[0]["asked.n"], rows[0]["more"]) == ("'=1+1", "-2.5", "")
    assert (rows[1]["asked.x"], json.loads(rows[1]["more"])) == ("true", {"asked.late": "plain"})
