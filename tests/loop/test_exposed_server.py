"""A server with keys and TLS, as its own machine sees it: kept, asked, told of, stopped."""

import json
import shutil
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

from millwright.loop.own_server import ask
from millwright.loop.server import running_server
from millwright.loop.serving import read_serving
from millwright.project import Project
from millwright.registry import audit

sys.path.insert(0, str(Path(__file__).parents[1] / "serve"))

from certificates import make_pair


def test_keys_and_tls_from_mw_up_to_mw_down(tmp_path: Path, trained_adult: Path) -> None:
    folder = shutil.copytree(trained_adult, tmp_path / "adult")
    project, pair = Project(folder), make_pair(tmp_path, "live")
    key = project.create_api_key("shop", ["predict"]).text
    server = project.up(host="0.0.0.0", port=0, tls=(pair.certificate, pair.private_key))
    try:
        assert server.url.startswith("https://0.0.0.0:")
        status = project.status()["server"]
        assert (status["ready"], status["auth"]) == (True, "keys")
        assert read_serving(project.workshop) is None  # the first look
        serving = read_serving(project.workshop)
        assert serving is not None, "the steward reads the counters with the machine's own key"
        assert asked(server.url, pair.certificate, key) == 200
        assert asked(server.url, pair.certificate, "") == 401

        home = project.workshop.home
        running, stranger = running_server(home), make_pair(tmp_path, "stranger")
        assert running is not None
        assert ask(running, home, "/ready", 5.0) is not None
        kept = pair.certificate.read_bytes()
        pair.certificate.write_bytes(stranger.certificate.read_bytes())
        assert ask(running, home, "/ready", 5.0) is None, "only the very certificate is believed"
        pair.certificate.write_bytes(kept)
    finally:
        assert project.down()
    assert project.api_keys()[0]["last_used"] is not None
    with project.workshop.catalogue.read() as view:
        assert "server.expose" in [entry.action for entry in audit.page(view)]


def asked(url: str, certificate: Path, key: str) -> int:
    """The status of a prediction request."""
    context = ssl.create_default_context(cafile=str(certificate))
    body = json.dumps({"rows": [{}]}).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(url.replace("0.0.0.0", "localhost") + "/v1/predict", body, headers)
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return 200 if error.code == 422 else error.code  # a row without its columns: let in, and read
