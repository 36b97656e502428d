"""Millwright: the machine-learning engineer as software.

>>> import millwright as mw
>>> project = mw.init("trips.parquet", "late")   # doctest: +SKIP
>>> project.train().verdict.state                # doctest: +SKIP
'passed'
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Choices", "MillwrightError", "Project", "Spec", "__version__", "init"]

if TYPE_CHECKING:
    from millwright.errors import MillwrightError
    from millwright.loop.propose import Choices
    from millwright.project import Project
    from millwright.records.spec import Spec

    init = Project.init

_HOMES = {
    "Choices": "millwright.loop.propose",
    "MillwrightError": "millwright.errors",
    "Project": "millwright.project",
    "Spec": "millwright.records.spec",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: `import millwright` stays light."""
    import importlib

    if name == "init":
        return importlib.import_module("millwright.project").Project.init
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'millwright' has no attribute {name!r}")
