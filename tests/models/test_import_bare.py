"""A training process imports LightGBM, XGBoost and CatBoost without what they wrap, and can still import that for itself."""

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
