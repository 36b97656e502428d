"""The description of the API says what it does: a program that reads it finds nothing that is not so."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_console_process import opened, signed_in

CONFIG = Path(__file__).with_name("schemathesis.toml")
ENDLESS = "/events$|/share/|/session$|/session/|/sessions/|/me/password|/users/.*|/runs/.*/stop|channels/.*/test"
"""Streams, and what would sign the caller out or away."""

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
"""What a viewer may not do is refused whatever is sent, so nothing is held against the sender here."""


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_schemathesis_finds_nothing(world: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kiosk"
    shutil.copytree(world, folder)
    with opened(folder) as (_, url, token), signed_in(url, token) as client:
        key = client.post("keys", json={"name": "schemathesis", "project": "kiosk", "role": "viewer"}).json()["text"]
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(CONFIG),
            "run",
            "--no-color",
            "--warnings",
            "off",
        ]
        command += ["--max-examples", "2", "--header", f"Authorization: Bearer {key}", "--exclude-path-regex", ENDLESS]
        command += ["--phases", "fuzzing", "--checks", CHECKS]
        done = subprocess.run(
            [*command, f"{url}/api/v1/openapi.json"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=180
        )
    assert done.returncode == 0, done.stdout[-8000:]
    assert "No issues found" in done.stdout


PARSED_LATE = """
import ast
from millwright.api import app as module

app = module.describe()
module._settle(app)
ast.parse = lambda *_given, **_named: print("parsed source")
for path in ("/api/v1/projects/a/versions", "/api/v1/nothing"):
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    print([route.matches(scope)[0].name for route in app.router.routes if route.matches(scope)[0].value == 2])
module.spec_adapter()
"""


def test_no_source_is_parsed_once_there_are_threads() -> None:
    """In Python 3.11 two threads that parse source at once may fail, and a first request with them."""
    done = subprocess.run([sys.executable, "-c", PARSED_LATE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['FULL']", "[]"]
