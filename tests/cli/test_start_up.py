"""What each command imports: the CLI starts at once because it does not load what it does not need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"rich", "sqlalchemy", "numpy", "pandas", "pydantic", "sklearn", "scipy", "lightgbm", "duckdb", "uvicorn", "ruamel"}

PROBE = """
import sys, json
sys.argv = ["mw", *json.loads(sys.argv[1])]
from millwright.cli.main import main
try:
    main()
except SystemExit as end:
    code = end.code
print(json.dumps({"code": code, "modules": sorted({m.partition(".")[0] for m in sys.modules})}), file=sys.stderr)
"""


def imported(arguments: list[str], cwd: Path) -> tuple[int, set[str]]:
    """Exit code and top-level modules of an `mw` process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)], cwd=cwd, capture_output=True, text=True, check=True
    )
    said = json.loads(done.stderr.strip().splitlines()[-1])
    return said["code"], set(said["modules"])


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["train", "--help"], ["demo", "--help"], ["up", "--help"], ["ask", "--help"]]
)
def test_help_and_version_load_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    code, modules = imported(arguments, tmp_path)
    assert code == 0
    assert not modules & HEAVY


def test_status_loads_nothing_heavy(trained_adult: Path) -> None:
    code, modules = imported(["-C", str(trained_adult), "status"], trained_adult)
    assert code == 0
    assert not modules & HEAVY


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import sys, millwright; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & set(json.loads(done.stdout.replace("'", '"')))
