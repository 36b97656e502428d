"""A time of a question: in UTC where it names no zone, and said to be none where it is none, on whatever list."""

import httpx
import pytest
from console_world import Control

LISTS = ("runs", "decisions", "findings", "alerts", "versions", "quality", "volume", "log/predictions")


@pytest.mark.parametrize("path", LISTS)
def test_a_time_without_a_zone_is_one_of_utc(control: Control, path: str) -> None:
    ada = control.person("ada", "viewer")
    patience = {"wait_s": 20} if path == "log/predictions" else {}  # a busy machine must not answer with less of the log

    def ask(text: str) -> httpx.Response:
        return control.get(f"projects/kiosk/{path}", ada, params={"from": text, "to": "2024-01-12"} | patience)

    plain, zoned = ask("2024-01-05T06:00"), ask("2024-01-05T08:00+02:00")
    assert plain.status_code == 200, plain.text
    assert plain.json() == zoned.json()


@pytest.mark.parametrize("text", ["noon", "2024-13-01", "2024-01-05T06:00:00 02:00"])
def test_what_is_no_time_is_told_by_its_name(control: Control, text: str) -> None:
    ada = control.person("ada", "viewer")
    said = control.get("projects/kiosk/runs", ada, params={"from": text})
    assert said.status_code == 422
    assert said.json()["error"]["where"] == "from"
