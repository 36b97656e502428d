"""A training process imports LightGBM without what it wraps, and can still import that for itself."""

import subprocess
import sys

SCRIPT = """
import sys
from millwright.models.lightgbm_fit import import_bare
import_bare()
assert "lightgbm" in sys.modules
print([name for name in ("pandas", "sklearn") if name in sys.modules])
import pandas, sklearn
import_bare()
print(pandas.DataFrame({"a": [1]}).shape)
"""


def test_neither_pandas_nor_scikit_learn_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "(1, 1)"]
