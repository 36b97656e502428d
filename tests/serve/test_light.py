"""A server process carries what it answers with and nothing else."""

import subprocess
import sys
from typing import get_type_hints

from millwright.records.spec import LogSpec, ServeSpec
from millwright.serve.settings import ServeSettings

HEAVY = ("pandas", "sklearn", "scipy", "lightgbm", "duckdb", "sqlalchemy", "pydantic", "ruamel", "rich")
ABOVE = (
    "millwright.registry",
    "millwright.loop",
    "millwright.app",
    "millwright.search",
    "millwright.evaluate",
    "millwright.spec",
)


def test_a_server_imports_neither_the_registry_nor_a_heavy_library() -> None:
    code = f"import sys, millwright.serve.main; print([name for name in {HEAVY + ABOVE} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_defaults_are_those_of_the_spec() -> None:
    spec = {
        name: getattr(part, name)
        for part in (ServeSpec(), LogSpec())
        for name in get_type_hints(type(part))
        if hasattr(part, name)
    }
    mine = {name: getattr(ServeSettings(), name) for name in get_type_hints(ServeSettings) if name not in ("schema", "key")}
    assert mine == {name: spec[name] for name in mine}
