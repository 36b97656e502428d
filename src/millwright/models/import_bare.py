"""LightGBM and XGBoost without the libraries that they wrap."""

import sys
from importlib import import_module

BARE = ("lightgbm", "xgboost")
"""CatBoost can be imported without pandas, and then makes no data set."""
_WRAPPED = ("pandas", "sklearn", "matplotlib", "dask", "pyarrow")


def import_bare(library: str) -> None:
    """Import one of `BARE` without the libraries that it wraps, where they are installed: a fit here needs none of them, and
    they take a second or two, and a hundred megabytes. Any other library is left alone, and so is one that is not installed.
    For a process of our own: whoever imports the library after this finds it without them."""
    if library not in BARE or library in sys.modules:
        return
    spared = [name for name in _WRAPPED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(spared))  # type: ignore[arg-type]  # None: "not installed", to an import
    try:
        import_module(library)
    except ModuleNotFoundError:
        return  # whoever needs it says so, and what to install
    finally:
        for name in spared:
            del sys.modules[name]
