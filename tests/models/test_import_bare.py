"""A training process imports LightGBM and XGBoost without what they wrap, and can still import that for itself."""

import subprocess
import sys

import pytest

from millwright.models.import_bare import BARE, import_bare

SCRIPT = """
import sys
from millwright.models.import_bare import import_bare
import_bare("{library}")
assert "{library}" in sys.modules
print([name for name in ("pandas", "sklearn") if name in sys.modules])
import pandas, sklearn
import_bare("{library}")
print(pandas.DataFrame({{"a": [1]}}).shape)
"""


FITTED = """
import numpy as np
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.import_bare import import_bare
import_bare("{library}")
X = np.random.default_rng(0).normal(size=(300, 3))
X[:, 2] = X[:, 2] > 0
problem = Problem(X, (X[:, 0] > 0) * 1.0, "binary", 2, ("a", "b", "c"), (2,))
print(family("{library}").fit(problem, {{"num_iterations": 3}}, valid=problem, seed=0, keep_going=lambda: True).evaluator)
"""


@pytest.mark.parametrize("library", [*BARE, "catboost"])
def test_what_is_imported_so_fits(library: str) -> None:
    pytest.importorskip(library)
    done = subprocess.run([sys.executable, "-c", FITTED.format(library=library)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["lightgbm"], "trees that LightGBM walks"


@pytest.mark.parametrize("library", BARE)
def test_neither_pandas_nor_scikit_learn_is_imported(library: str) -> None:
    pytest.importorskip(library)
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(library=library)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "(1, 1)"]


def test_what_is_not_installed_or_no_such_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgboost", None)
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    import_bare("xgboost")
    import_bare("linear")
    assert "pandas" not in sys.modules
    import_bare("nothing.of.the.kind")
