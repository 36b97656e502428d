"""Broken files through `init` and `check`: refused in one message with nothing written, or accepted with its warning."""

import shutil
from pathlib import Path

import pytest

from millwright.errors import USAGE, MillwrightError
from millwright.loop.outcomes import CheckReport
from millwright.loop.propose import Choices
from millwright.project import Project

BAD = Path(__file__).parent.parent / "data" / "bad"


REFUSED = {
    "01_truncated.parquet": "arr_late15",
    "05_duplicate_columns.csv": "marital_status",
    "06_empty.csv": "income",
    "07_header_only.csv": "income",
}

STOPPED = {
    "11_constant_target.csv": ("cnt", "target:constant", "cnt"),
    "12_single_class.csv": ("income", "target:one_class", "income"),
    "13_leak_copy_of_target.csv": ("arr_late15", "leak:outcome_code", "outcome_code"),
    "23_duplicate_keys.csv": ("arr_late15", "key:conflict", "row_id"),
}

WARNED = {
    "02_ragged_rows.csv": ("income", "rows:set_aside", "lines"),
    "10_all_null_column.csv": ("income", "empty:workclass", "workclass"),
    "15_mixed_int_and_text.csv": ("income", "quality:age", "age"),
    "16_negative_ages.csv": ("income", "quality:age", "age"),
    "17_1e308.csv": ("cnt", "quality:windspeed", "windspeed"),
    "18_inf_nan.parquet": ("cnt", "quality:temp", "temp"),
    "22_time_travel.parquet": ("arr_late15", "rows:set_aside", "set aside"),
    "25_lookalike_columns.csv": ("income", "lookalike:", "age"),
}

ACCEPTED = {"04_bom.csv": "income", "24_formula_injection.csv": "income", "26_sql_and_html_in_names.csv": "income"}


def checked(tmp_path: Path, name: str, target: str, **changes: tuple[str, ...]) -> CheckReport:
    """`mw init` and `mw check` on a copy of the file."""
    shutil.copy(BAD / name, tmp_path / name)
    project = Project.init(name, target, at=tmp_path / "millwright.yaml", choices=Choices(**changes))  # type: ignore[arg-type]
    return project.check()


@pytest.mark.parametrize(("name", "target"), REFUSED.items())
def test_an_unusable_file_is_refused_and_nothing_is_written(tmp_path: Path, name: str, target: str) -> None:
    with pytest.raises(MillwrightError) as refusal:
        checked(tmp_path, name, target)
    assert refusal.value.exit_code == USAGE
    assert "\n" not in str(refusal.value)
    assert name in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("name", "told"), STOPPED.items())
def test_what_makes_a_target_useless_stops(tmp_path: Path, name: str, told: tuple[str, str, str]) -> None:
    target, code, word = told
    keys = {"key": ("row_id",)} if "row_id" in word else {}
    report = checked(tmp_path, name, target, **keys)
    if code.startswith("leak:"):  # init has put it under known_later, with the reason beside it
        assert word in Project(tmp_path).spec.data.known_later
        assert word in (tmp_path / "millwright.yaml").read_text()
        return
    stops = {check.code: check for check in report.stops}
    assert code in stops
    assert word in stops[code].message
    assert not (tmp_path / "contract.yaml").exists(), "nothing is written before it is settled"


def test_columns_known_later_are_refused_as_features_with_their_reasons(tmp_path: Path) -> None:
    checked(tmp_path, "14_leak_known_later.csv", "arr_late15")
    spec = Project(tmp_path).spec.data
    assert {"dep_delay", "arr_delay", "arr_time", "air_time"} <= set(spec.known_later)
    assert "sched_dep_time" not in spec.known_later


@pytest.mark.parametrize(("name", "told"), WARNED.items())
def test_what_is_odd_is_said_with_the_column_and_the_count(tmp_path: Path, name: str, told: tuple[str, str, str]) -> None:
    target, code, word = told
    report = checked(tmp_path, name, target)
    found = [check for check in report.checks if check.code.startswith(code)]
    assert found, [check.code for check in report.checks]
    assert any(word in check.message for check in found)
    assert all(check.count for check in found)
    assert not report.stops


@pytest.mark.parametrize(("name", "target"), ACCEPTED.items())
def test_odd_names_and_cells_are_taken_as_they_are(tmp_path: Path, name: str, target: str) -> None:
    report = checked(tmp_path, name, target)
    assert not report.stops
    contract = (tmp_path / "contract.yaml").read_text()
    assert "age:" in contract
    if name.startswith("26"):
        assert "DROP TABLE" in contract
        assert "<script>" in contract
