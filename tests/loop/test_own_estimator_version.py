"""The page's own example, from a file beside the spec to a signed version that answers without it."""

import re
from pathlib import Path

import pytest

from millwright.errors import NotFound, Unavailable
from millwright.records.spec import EvaluateSpec, SplitSpec
from sample_projects import SAMPLES, begin, respecify

PAGE = (Path(__file__).parents[2] / "docs" / "your-own-data.md").read_text()


def example() -> tuple[str, tuple[str, ...]]:
    """The file and the families that the page shows."""
    section = PAGE.partition("### Your own estimator\n")[2].partition("\n### ")[0]
    source = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    families = re.search(r"families: \[(.*)\]", section)
    assert source is not None
    assert families is not None
    return source[1], tuple(families[1].split(", "))


def test_the_example_of_the_page_becomes_a_version_that_needs_no_file(tmp_path: Path) -> None:
    source, families = example()
    project = begin(tmp_path, "german_credit.parquet", "class", families=families, budget="5m", trials=10, ensemble=1)
    with pytest.raises(NotFound, match=r"there is no file models\.py beside millwright\.yaml"):
        project.plan()
    models = tmp_path / "models.py"
    models.write_text(source)
    assert "models.py:forest" in next(step.why for step in project.plan().steps if step.name == "search")

    outcome = project.train()
    tried = {trial.config.name: trial for trial in outcome.trials}
    assert [tried[name].state for name in families] == ["finished", "finished", "finished", "failed"]
    assert "KNeighborsClassifier keeps rows that it learnt from" in tried["models.py:neighbours"].reason
    assert {len(str(tried[name].config.params["source"])) for name in families[1:]} == {64}
    assert outcome.verdict.state == "passed"

    models.unlink()
    answers = tmp_path / "answers.csv"
    project.predict(SAMPLES / "german_credit.parquet", answers, version="v1")
    assert len(answers.read_text().splitlines()) == 1_001
    assert "models.py:forest" in project.report().read_text()


def test_a_changed_file_is_another_search(tmp_path: Path) -> None:
    models = tmp_path / "models.py"
    models.write_text("from sklearn.tree import DecisionTreeClassifier\nit = DecisionTreeClassifier(max_depth=3)\n")
    project = begin(tmp_path, "german_credit.parquet", "class", families=("models.py:it",), budget="5m", trials=3, ensemble=1)
    project = respecify(project, split=SplitSpec(folds=2), evaluate=EvaluateSpec(resamples=100))

    def searched() -> str:
        outcome = project.train()
        return str(next(trial.config.params["source"] for trial in outcome.trials if trial.config.name == "models.py:it"))

    first = searched()
    models.write_text(models.read_text().replace("3", "4"))
    assert searched() != first


def test_what_a_persons_own_code_made_is_made_again_by_that_code_alone(tmp_path: Path) -> None:
    models = tmp_path / "models.py"
    models.write_text(
        "from sklearn.ensemble import RandomForestClassifier\n"
        "it = RandomForestClassifier(100, min_samples_leaf=5, random_state=0)\n"
    )
    project = begin(tmp_path, "german_credit.parquet", "class", families=("models.py:it",), budget="5m", trials=3, ensemble=1)
    project.train()
    said: list[str] = []
    assert project.rebuild("v1", say=said.append).equal
    assert any("models.py:it" in line for line in said)
    models.write_text(models.read_text().replace("100", "99"))
    with pytest.raises(Unavailable, match=r"models\.py is not what it was when models\.py:it was fitted"):
        project.rebuild("v1")
    models.unlink()
    with pytest.raises(NotFound, match=r"there is no file models\.py"):
        project.rebuild("v1")
