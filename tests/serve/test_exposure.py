"""Where a server may be reached: keys wherever another machine can, or it does not start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from millwright.errors import Unavailable
from millwright.serve.exposure import Exposure, check_exposure, note_start
from millwright.serve.main import exposure_of, parser

from .key_samples import HOUR, NOW, add
from .released import Home

LOCAL = ["127.0.0.1", "127.9.9.9", "::1", "localhost"]
OPEN = ["0.0.0.0", "::", "10.0.0.7", "192.168.1.4", "example.test", ""]


def code_of(home: Path, **how: object) -> str:
    """Why it may not start; empty where it may."""
    try:
        check_exposure(Exposure(**how), home)  # type: ignore[arg-type]
    except Unavailable as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("host", LOCAL)
def test_this_machine_alone_needs_no_key_unless_it_is_asked_for(tmp_path: Path, host: str) -> None:
    assert Exposure(host=host).auth == "none"
    assert code_of(tmp_path, host=host) == ""
    assert code_of(tmp_path, host=host, asked_auth="keys") == "auth.no_key"


@pytest.mark.parametrize("host", OPEN)
def test_other_machines_need_keys_or_nothing_starts(tmp_path: Path, host: str) -> None:
    assert code_of(tmp_path, host=host) == "auth.no_key"
    assert code_of(tmp_path, host=host, asked_auth="none") == "auth.open"
    assert code_of(tmp_path, host=host, asked_auth="platform") == ""
    add(tmp_path, expires_at=NOW - HOUR)
    assert code_of(tmp_path, host=host) == "auth.no_key", "an expired key is none"
    add(tmp_path)
    assert code_of(tmp_path, host=host) == ""
    assert code_of(tmp_path, host=host, asked_auth="none") == "auth.open", "with keys, too"


@pytest.mark.parametrize("host", [*LOCAL, *OPEN[:4]])
def test_a_server_process_is_told_the_same(host: str) -> None:
    for exposure in (
        Exposure(host=host, port=0),
        Exposure(host=host, port=7, asked_auth="keys", allowed_hosts=("a.test", "b.test"), certificate="c", private_key="k"),
    ):
        read = exposure_of(parser().parse_args(["--home", "h", "--trust", "t", *exposure.arguments()]))
        assert read.arguments() == exposure.arguments()
        assert (read.auth, read.url) == (exposure.auth, exposure.url)


def test_the_address_is_written_as_a_browser_takes_it() -> None:
    assert Exposure(host="::1", port=8080).url == "http://[::1]:8080"
    assert Exposure(host="a.test", port=443, certificate="c").url == "https://a.test:443"


@pytest.mark.parametrize("options", [(), ("--auth", "none")])
def test_the_server_process_refuses_too(tmp_path: Path, options: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "millwright.serve", "--home", str(tmp_path), "--trust", str(tmp_path / "trust")]
    done = subprocess.run(
        [*command, "--host", "0.0.0.0", "--port", "0", *options], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "API key" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "access").exists(), "nothing was begun"


def test_behind_a_platform_it_answers_any_host_says_so_and_notes_it(tmp_path: Path) -> None:
    with Home(tmp_path).serve("--host", "0.0.0.0", "--auth", "platform", "--allowed-hosts", "*") as server:
        for host in ("10.2.3.4:8080", "model.endpoint.example", "localhost"):
            assert server.ask("GET", "/metrics", headers={"Host": host}).status == 200
        assert server.ask("POST", "/v1/predict", {"rows": [{}]}, {"Host": "anything"}).status == 503  # nothing is live
        page = server.ask("POST", "/v1/predict", {"rows": [{}]}, {"Host": "anything", "Origin": "http://evil.test"})
        assert page.status == 403, "a browser's page is no platform"
    said = (tmp_path / "said.txt").read_text()
    assert "NO API KEY IS ASKED FOR" in said
    assert "--auth platform" in said
    noted = json.loads((tmp_path / "access" / "starts.ndjson").read_text())
    assert noted["arguments"][-4:] == ["--auth", "platform", "--allowed-hosts", "*"]


def test_only_starts_that_others_can_reach_are_noted(tmp_path: Path) -> None:
    note_start(Exposure(), tmp_path)
    assert not (tmp_path / "access").exists()
    for _ in range(2):
        note_start(Exposure(host="10.0.0.7"), tmp_path)
    assert len((tmp_path / "access" / "starts.ndjson").read_text().splitlines()) == 2
