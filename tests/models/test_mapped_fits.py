"""Features that lie in a file: a fit that has made its own form of them holds none of them in memory as well."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from millwright.metrics.registry import metric
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.search.memory import held
from millwright.tasks.registry import task

ROWS, FEATURES = 100_000, 80
FEW = 40_000


def needs(library):
    return pytest.mark.skipif(find_spec(library) is None, reason=f"needs the extra {library}")


@pytest.mark.skipif(not held(), reason="the system does not say what is held")
@pytest.mark.parametrize(
    "name", ["lightgbm", pytest.param("xgboost", marks=needs("xgboost")), pytest.param("catboost", marks=needs("catboost"))]
)
def test_the_features_are_not_in_memory_while_trees_grow(name, tmp_path):
    X = np.random.default_rng(0).normal(size=(ROWS, FEATURES))
    y = (X[:, 0] > 0).astype(np.float64)
    np.save(tmp_path / "X.npy", X)
    size, X = X.nbytes, np.load(tmp_path / "X.npy", mmap_mode="r")
    problem = Problem(X, y, "binary", 2, tuple(f"x{j}" for j in range(FEATURES)), ())
    assert X.sum() < size
    seen = []

    def keep_going():
        seen.append(_resident(tmp_path / "X.npy"))
        return True

    fitted = family(name).fit(problem, {"num_iterations": 2}, valid=None, seed=0, keep_going=keep_going)
    assert fitted.iterations == 2
    assert max(seen) < size / 4
    few = replace(problem, X=X[:FEW], y=y[:FEW])
    one, other = (
        family(name).fit(rows, {"num_iterations": 2}, valid=None, seed=0, keep_going=lambda: True)
        for rows in (few, replace(few, X=np.array(few.X)))
    )
    assert one.files == other.files


def test_bins_are_found_by_some_of_many_rows_as_well_as_by_all(tmp_path):
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(size=ROWS), random.integers(0, 30, ROWS), random.normal(size=ROWS)])
    X[random.random(ROWS) < 0.1, 0] = np.nan
    y = (np.nan_to_num(X[:, 0]) + (X[:, 1] % 3) + random.normal(size=ROWS) > 1).astype(np.float64)
    np.save(tmp_path / "X.npy", X)
    mapped = Problem(np.load(tmp_path / "X.npy", mmap_mode="r"), y, "binary", 2, ("a", "b", "c"), (1,), weight=np.ones(ROWS))
    said = []
    for problem in (mapped, replace(mapped, X=X)):
        fitted = family("lightgbm").fit(problem, {"num_iterations": 30}, valid=None, seed=0, keep_going=lambda: True)
        said.append(task("binary").link(load_evaluator(fitted.evaluator, fitted.files).batch(X)))
    scores = [metric("roc_auc").value(y, output) for output in said]
    assert min(scores) > 0.85
    assert abs(scores[0] - scores[1]) < 0.001


def _resident(path):
    """Bytes of a mapped file that this process holds."""
    total, ours = 0, False
    with open("/proc/self/smaps") as maps:
        for line in maps:
            words = line.split()
            ours = words[-1] == str(path) if "-" in words[0] else ours
            if ours and words[0] == "Rss:":
                total += int(words[1]) * 1024
    return total
