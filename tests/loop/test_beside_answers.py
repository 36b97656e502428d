"""A file of answers says which rows are out of support, and with --explain what each column added to each answer."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from millwright.errors import DataRefused
from millwright.loop.beside_answers import Beside
from millwright.loop.opened import chosen_version, open_version
from millwright.project import Project
from sample_projects import SAMPLES


@pytest.fixture(scope="module")
def project(trained_adult: Path) -> Project:
    return Project(trained_adult / "millwright.yaml")


def asked(folder: Path) -> Path:
    """200 people, three of whom are unlike all that were seen."""
    source = folder / "asked.csv"
    age = "case when i in (3, 7) then 300 else age end as age"
    job = "case when i in (7, 9) then 'Astronaut' else occupation end as occupation"
    rows = f"(select *, row_number() over () as i from '{SAMPLES / 'adult.csv'}' limit 200)"
    duckdb.sql(f"copy (select * exclude (i) replace ({age}, {job}) from {rows}) to '{source}'")
    return source


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_contributions_and_marks_are_columns_of_the_file(project: Project, tmp_path: Path, suffix: str) -> None:
    source, plain, explained = asked(tmp_path), tmp_path / f"plain{suffix}", tmp_path / f"explained{suffix}"
    done = project.predict(source, plain)
    assert dict(done.flags)["out_of_support"] == 3
    said = project.predict(source, explained, explain=True)
    assert (said.rows, said.flags) == (200, done.flags)
    few, many = (duckdb.sql(f"from '{path}' order by row").fetchnumpy() for path in (plain, explained))
    assert list(few) == ["row", "probability", "decision", "label", "out_of_support"]
    assert list(many)[: len(few)] == list(few)
    assert np.array_equal(few["probability"], many["probability"])
    assert (np.flatnonzero(few["out_of_support"]) + 1).tolist() == [3, 7, 9]
    names = [name for name in many if name.startswith("contribution")]
    payload = open_version(project.workshop, chosen_version(project.workshop, None))
    columns = [c.name for c in payload.scorer.contract.columns if c.role == "feature"]
    assert names == [*(f"contribution:{column}" for column in columns), "contributions_base"]
    total = sum(many[name] for name in names)
    order = np.argsort(many["probability"], kind="stable")
    assert (np.diff(total[order]) > -1e-9).all(), "calibration keeps the order of the raw scores"
    assert np.ptp(many["contributions_base"]) == 0


def test_a_version_that_cannot_explain_is_told_of_before_anything_is_written(project: Project) -> None:
    payload = open_version(project.workshop, chosen_version(project.workshop, None))
    payload.scorer._own = object()  # type: ignore[assignment]
    with pytest.raises(DataRefused, match="cannot say") as refused:
        Beside.of(payload, explain=True)
    assert refused.value.code == "explain.unsupported"
    assert Beside.of(payload, explain=False).explainer is None
