"""A table that counts as large: compared on growing samples, fitted on all rows, and made again the same."""

from pathlib import Path

import pytest

from millwright.loop.rebuilding import PROVENANCE
from millwright.records.codec import from_json
from millwright.records.rebuilding import Provenance
from millwright.search import growing
from sample_projects import begin


def test_a_version_of_a_large_table_says_so_and_can_be_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "SMALL", 10_000)
    monkeypatch.setattr(growing, "A_SECOND", 100)
    monkeypatch.setattr(growing, "FEWEST", 60)
    monkeypatch.setattr(growing, "RARE", 10)
    families = ("linear", "lightgbm")
    project = begin(tmp_path, "german_credit.parquet", "class", families=families, trials=7, budget="100s")
    outcome = project.train()
    package = project.workshop.home.packages / outcome.version.package
    recipe = from_json(Provenance, (package / PROVENANCE).read_bytes()).recipe
    assert recipe is not None
    assert all(model.refit is not None for model in recipe.models)
    assert "compared on samples of" in (package / "report.html").read_text()
    assert project.rebuild("v1").equal
