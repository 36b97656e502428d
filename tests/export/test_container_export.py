"""What `mw export container` writes, and the very entry point of the image on its files. Docker itself does not run here."""

import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockerfiles import Dockerfile

from millwright.errors import NotFound, PackageRefused
from millwright.export.manifests import names
from millwright.export.subject import Subject
from millwright.export.wheel import wheel
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.predictions.frames import read_lines
from millwright.project import Project
from millwright.serve.container import BAKED, ROOT, STATE, main, prepared

VERTEX = "/v1/endpoints/7/deployedModels/9:predict"


def test_every_source_of_the_dockerfile_is_sent_and_nothing_else(context: Path) -> None:
    copied = {source.relative_to(context).parts[0] for sources, _ in Dockerfile.read(context).copies() for source in sources}
    ignored = (context / ".dockerignore").read_text().split()
    assert copied == {line[1:] for line in ignored if line.startswith("!")}


def test_the_image_is_what_platforms_ask_for(context: Path) -> None:
    file = Dockerfile.read(context)
    assert file.one("ARG") == f"BASE=python:{'.'.join(map(str, sys.version_info[:3]))}-slim-bookworm"
    assert file.one("FROM") == "${BASE}"
    assert file.command() == ["python", "-m", "millwright.serve.container", "serve"]
    assert re.fullmatch(r"([1-9]\d+):\1", file.one("USER"))
    assert json.loads(file.one("VOLUME")) == [f"/{STATE}"]
    assert (file.one("STOPSIGNAL"), file.one("EXPOSE"), file.all("HEALTHCHECK")) == ("SIGTERM", "8080", [])
    assert file.instructions.index(("USER", file.one("USER"))) > max(
        i for i, (word, _) in enumerate(file.instructions) if word in ("RUN", "COPY")
    )
    assert "libgomp1" in file.all("RUN")[0]
    assert all("--no-deps" in part for value in file.all("RUN") for part in value.split("&&") if "pip install" in part)


def test_the_context_is_a_verified_package_with_the_key_that_signed_it(context: Path, subject: Subject) -> None:
    package = context / "home" / "packages" / subject.version.package
    assert verify_package(package, subject.version.package, Trust(context / "trust")) == subject.verified
    private = [path for path in context.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert private == []


def test_the_libraries_are_those_that_a_server_process_loads(context: Path, subject: Subject) -> None:
    pinned = dict(line.split("==") for line in (context / "requirements.txt").read_text().splitlines() if "==" in line)
    package = context / "home" / "packages" / subject.version.package
    code = f"""
import sys, importlib.metadata as m
from pathlib import Path
import millwright.serve.container, millwright.package.probe
from millwright.package.keys import Trust
from millwright.package.open import open_payload
from millwright.package.verify import verify_package
open_payload(verify_package(Path({str(package)!r}), {package.name!r}, Trust(Path({str(context / "trust")!r}))))
import uvloop
of = m.packages_distributions()
print(*sorted({{d.lower().replace("_", "-") for n in list(sys.modules) for d in of.get(n.partition(".")[0], ())}}))
print(int(any("lib_lightgbm" in line for line in open("/proc/self/maps"))) if Path("/proc/self/maps").exists() else 1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, native = done.stdout.splitlines()
    tools = {"setuptools", "millwright", "coverage", "pip"}
    assert set(loaded.split()) - tools <= set(pinned)
    assert ("lightgbm" in pinned) == (native == "1") == ("lightgbm" in subject.payload.info.evaluators)
    assert not {"pandas", "scikit-learn", "scipy", "duckdb", "sqlalchemy", "pydantic", "rich"} & set(pinned)
    listed = json.loads((context / "sbom.json").read_text())
    assert {part["name"] for part in listed["components"] if part["type"] == "library"} == set(pinned)


def test_the_wheel_is_whole_and_always_the_same(context: Path) -> None:
    (packed,) = (context / "wheels").iterdir()
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        (record,) = (name for name in names if name.endswith(".dist-info/RECORD"))
        lines = [line.rsplit(",", 2) for line in archive.read(record).decode().splitlines()]
        assert {line[0] for line in lines} == set(names)
        for name, digest, size in lines:
            if name != record:
                found = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={found}", len(archive.read(name)))
        assert "millwright/export/templates/Dockerfile" in names
    assert wheel(None) == wheel(packed) == (packed.name, packed.read_bytes())


@pytest.fixture(scope="module")
def root(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the image, where its Dockerfile puts them."""
    folder = tmp_path_factory.mktemp("image")
    Dockerfile.read(context).lay_out(folder)
    (folder / STATE).mkdir(parents=True)
    return folder


class Started:
    """The image's command in the image's environment, on its files; the wheel is its only Millwright."""

    def __init__(self, context: Path, root: Path, **variables: str) -> None:
        file = Dockerfile.read(context)
        (packed,) = (context / "wheels").iterdir()
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        named = {"AIP_HTTP_PORT": str(self.port), "PORT": "1", ROOT: str(root), "PYTHONPATH": str(packed)}
        environment = {"PATH": os.environ["PATH"], **file.environment(), **named, **variables}
        self.said = root / "said.txt"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, *file.command()[1:]],
                env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", "/ping")
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(self.said.read_text())

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """A request as a platform sends it: under a Host that nobody could know. SageMaker waits 2 s for /ping."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            raw = None if body is None else json.dumps(body)
            headers = {"Host": "10.4.7.1:8080"} | ({} if raw is None else {"Content-Type": "application/json"})
            connection.request(method, path, raw, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def end(self) -> int:
        """SIGTERM, as `docker stop` sends it; the exit code. Raises where it takes longer than platforms wait."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def is_over(self) -> bool:
        """Whether no process of the container is left."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False


@pytest.fixture
def started(context: Path, root: Path) -> Iterator[Started]:
    """The running container."""
    running = Started(context, root, AIP_HEALTH_ROUTE=VERTEX, AIP_PREDICT_ROUTE=VERTEX)
    yield running
    running.process.kill()
    running.process.wait()


def baked_files(root: Path) -> dict[Path, int]:
    """What lies in the image, beside the volume, and when it was written."""
    return {path: path.stat().st_mtime_ns for path in (root / BAKED).rglob("*")}


def test_the_image_answers_every_platform_and_ends_when_told(started: Started, root: Path, subject: Subject) -> None:
    before = baked_files(root)
    for path in ("/ping", "/health", "/ready", "/v2/health/live", "/v2/health/ready", "/v1/models/adult", VERTEX):
        assert started.ask("GET", path)[0] == 200, path
    assert json.loads(started.ask("GET", "/v2/health/ready")[1])["ready"] is True
    row, (output,) = subject.payload.golden.rows[0], subject.payload.golden.outputs[0]
    for path, body in (
        ("/invocations", {"dataframe_records": [row]}),
        (VERTEX, {"instances": [row]}),
        ("/v1/models/adult:predict", {"instances": [row]}),
    ):
        status, answer = started.ask("POST", path, body)
        assert (status, json.loads(answer)["predictions"][0]["probability"]) == (200, output), path
    assert b"NO API KEY IS ASKED FOR" in started.said.read_bytes()
    assert started.end() == 0
    assert started.is_over()
    segments = sorted((root / STATE / "log").rglob("*.seg"))
    logged = [json.loads(line) for path in segments for line in read_lines(path)]
    assert [line["role"] for line in logged] == ["live"] * 3
    assert baked_files(root) == before


def test_a_container_that_was_told_to_end_while_it_starts_ends(context: Path, root: Path) -> None:
    """The first process of a container is not ended by a signal that it does not handle."""
    code = "import os, signal, sys; sys.argv = ['x', 'serve']; from millwright.serve import container; container.main = "
    code += "lambda *_: os.kill(os.getpid(), signal.SIGTERM) or signal.pause(); container.run()"
    done = subprocess.run([sys.executable, "-c", code], timeout=30, check=False)
    assert done.returncode == 0


def test_an_older_image_on_the_same_volume_is_what_somebody_wants(root: Path) -> None:
    newest = root / STATE / "serve" / "newest" / "adult.json"
    newest.parent.mkdir(parents=True, exist_ok=True)
    newest.write_text("99")
    for _ in range(2):  # a container is started more than once on its volume
        options = prepared(["serve"], {ROOT: str(root)})
    assert not newest.exists()
    home = Path(options[options.index("--home") + 1])
    assert (home / "release" / "adult.json").read_bytes() == (root / BAKED / "home" / "release" / "adult.json").read_bytes()


@pytest.mark.parametrize(
    ("environment", "port"),
    [({}, "8080"), ({"PORT": "9000"}, "9000"), ({"AIP_HTTP_PORT": "7000", "PORT": "9000"}, "7000"), ({"PORT": ""}, "8080")],
)
def test_the_port_is_the_platforms_choice(root: Path, environment: dict[str, str], port: str) -> None:
    options = prepared(["serve"], {ROOT: str(root), **environment})
    assert options[options.index("--port") + 1] == port


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["train"], {}, "can only serve"),
        ([], {}, "docker run IMAGE serve"),
        (["serve"], {"PORT": "http"}, "is no port"),
        (["serve"], {"PORT": "70000"}, "1 to 65535"),
        (["serve"], {ROOT: "/nowhere"}, "no release is baked"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], environment: dict[str, str], said: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, {ROOT: str(root), **environment}) == 1
    assert said in capsys.readouterr().err


def test_a_package_that_was_changed_is_not_exported(project: Project, tmp_path: Path) -> None:
    changed = Project(shutil.copytree(project.path.parent, tmp_path / "changed"))
    (package,) = (changed.path.parent / ".millwright" / "packages").iterdir()
    golden = package / "golden.json"
    golden.chmod(0o600)
    golden.write_bytes(golden.read_bytes().replace(b"1", b"2", 1))
    for export, out in ((changed.export_container, "image"), (changed.export_mlflow, "model"), (changed.export_onnx, "m.onnx")):
        with pytest.raises(PackageRefused, match="was changed"):
            export(tmp_path / out)
        assert not (tmp_path / out).exists()


def test_a_version_whose_key_was_revoked_is_not_exported(project: Project, tmp_path: Path) -> None:
    revoked = Project(shutil.copytree(project.path.parent, tmp_path / "revoked"))
    revoked.revoke(revoked.keys()[0]["id"], "lost")
    with pytest.raises(PackageRefused, match="revoked"):
        revoked.export_container(tmp_path / "image")
    assert not (tmp_path / "image").exists()


@pytest.mark.parametrize("chosen", [("a b", "gateway"), ("x", "G!"), ("x\nRUN rm", "gateway")])
def test_a_name_that_would_break_a_text_is_refused(chosen: tuple[str, str]) -> None:
    with pytest.raises(PackageRefused, match="cannot be"):
        names("trips", 1, None, *chosen)


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    for name, content in (("millwright-1-py3-none-any.whl", b"no"), ("other-1.whl", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(NotFound, match="wheel"):
            wheel(tmp_path / name)
