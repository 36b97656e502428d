"""The evaluator of a version: chosen once, recorded, and the same answers whichever it is and however many are asked."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raced import race

from millwright.errors import PackageRefused
from millwright.export.serving_needs import serving_environment
from millwright.loop.log_query import Asked, ask_log
from millwright.loop.opened import open_version
from millwright.loop.parity import parity
from millwright.models.bulk import WORTH_FROM
from millwright.models.onnx_evaluator import OnnxEvaluator
from millwright.models.tree_bits import TreeBits
from millwright.package.environment import Environment
from millwright.package.open import Payload
from millwright.package.peek import peek_file, peek_manifest
from millwright.package.probe import probe_package
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.judging import Timings
from millwright.records.release import Version
from millwright.records.spec import GateSpec
from millwright.serve.inprocess import InProcess
from mw_command import mw as run
from sample_projects import begin, respecify

ASKED = 400
NOT_INSTALLED = "this model answers with ONNX Runtime, which is not installed (pip install 'millwright[onnx]')"


@dataclass(frozen=True)
class Twice:
    """One model, packed twice: with LightGBM as the quicker one, and with ONNX Runtime."""

    project: Project
    own: Version
    twin: Version

    def payload(self, version: Version) -> Payload:
        return open_version(self.project.workshop, version)

    def rows(self) -> list[dict[str, Any]]:
        """Requests that meet the contract; every seventh has values that nobody ever saw."""
        golden = self.payload(self.own).golden.rows
        odd = {"age": 1e6, "education": "none such"}
        return [{**golden[at % len(golden)], **(odd if at % 7 == 0 else {})} for at in range(ASKED)]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Twice:
    """Not to be trained again; both versions have answered."""
    project = begin(
        tmp_path_factory.mktemp("twice"), "adult.csv", "income", families=("lightgbm",), budget="6s", trials=None, refit=False
    )
    with pytest.MonkeyPatch.context() as patch:
        race(patch, lightgbm=20.0, onnx=30.0)
        own = project.train().version
        race(patch, lightgbm=200.0, onnx=150.0)
        twin = project.train().version
    made = Twice(project, own, twin)
    for version in (own, twin):
        project.promote(version.name, force=True, reason="to be asked")
        with closing(InProcess(project.workshop.home.root, project.workshop.trust)) as inside:
            assert inside.look()["refused"] == {}
            inside.predict(None, json.dumps({"rows": made.rows()}).encode())
            for row in made.rows()[:9]:
                inside.predict(None, json.dumps({"rows": [row]}).encode())
    return made


@pytest.fixture
def copied(twice: Twice, tmp_path: Path) -> Project:
    return Project(shutil.copytree(twice.project.path.parent, tmp_path / "copy"))


def test_the_quicker_one_answers_and_it_is_recorded(twice: Twice) -> None:
    own, twin = twice.payload(twice.own).info, twice.payload(twice.twin).info
    assert (own.evaluator, own.stands_for, own.model_files) == ("lightgbm", None, ("lightgbm.txt",))
    assert (twin.evaluator, twin.stands_for, twin.model_files) == ("onnx", "lightgbm", ("lightgbm.txt", "model.onnx"))
    assert isinstance(twice.payload(twice.twin).scorer.evaluator, OnnxEvaluator)
    for version, name in ((twice.own, "lightgbm"), (twice.twin, "onnx")):
        folder = twice.project.workshop.home.packages / version.package
        assert peek_manifest(folder).evaluator == name
        timings = from_json(Timings, peek_file(folder, "timings.json"))
        assert [(one.name, one.chosen, one.equal) for one in timings.evaluators] == [
            ("lightgbm", name == "lightgbm", True),
            ("bits", False, True),
            ("onnx", name == "onnx", True),
        ]
        assert twice.project.measured(version) == timings.evaluators
    assert "one row: <code>answers with ONNX Runtime: 150 µs a row (lightgbm 200 µs, same bits; trees as bits 900 µs" in (
        twice.project.report(twice.twin.name).read_text()
    )


def test_whichever_answers_the_answers_are_the_same(twice: Twice) -> None:
    own, twin = twice.payload(twice.own), twice.payload(twice.twin)
    assert own.golden == twin.golden
    rows = twice.rows()
    assert own.scorer.answer_rows(rows) == twin.scorer.answer_rows(rows), "flags too"
    assert any("out_of_support" in flags for _, flags in twin.scorer.answer_rows(rows))


def test_judged_on_the_same_rows_they_are_as_good(twice: Twice) -> None:
    shelves = twice.project.workshop.home.packages
    own, twin = (json.loads(peek_file(shelves / v.package, "evaluation.json")) for v in (twice.own, twice.twin))
    apart = {name for name in own if own[name] != twin[name]}
    assert apart <= {"payload_digest", "size_bytes", "known_at"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_row_gets_the_same_bits_in_a_batch_of_any_size(twice: Twice, data: st.DataObject) -> None:
    version = data.draw(st.sampled_from([twice.own, twice.twin]))
    scorer, rows = _scorer(twice, version), _rows(twice)
    size = data.draw(st.one_of(st.integers(1, 20), st.integers(1, 300), st.just(WORTH_FROM + 3)))
    many = [rows[at % len(rows)] for at in range(size)]
    at = data.draw(st.integers(0, size - 1))
    together = scorer.answer_rows(many)
    assert together[at] == scorer.answer_rows([many[at]])[0]
    vectors = np.array([scorer.encode(row, 1, [])[0] for row in many])
    raw = scorer.raw_batch(vectors)
    assert raw[at].tobytes() == np.array(scorer.evaluator.row(scorer.encode(many[at], 1, [])[0])).tobytes()


_KEPT: dict[str, Any] = {}


def _scorer(twice: Twice, version: Version) -> Any:
    return _KEPT.setdefault(version.package, twice.payload(version).scorer)


def _rows(twice: Twice) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _KEPT.setdefault("rows", twice.rows())
    return found


def test_it_still_says_where_an_answer_comes_from(twice: Twice) -> None:
    own, twin = (twice.payload(version).scorer for version in (twice.own, twice.twin))
    cells = [twin.check(row, 1)[0] for row in twice.rows()[:20]]
    assert own.explainer is not None
    assert twin.explainer is not None
    assert twin.explainer.explain(cells) == own.explainer.explain(cells)
    assert twin.support.marked(("unseen:education",)) == own.support.marked(("unseen:education",))


def test_the_log_is_answered_again_by_the_one_that_answered(twice: Twice) -> None:
    now = datetime.now(UTC)
    found = parity(twice.project.workshop, now - timedelta(hours=1), now + timedelta(minutes=1), 100_000)
    assert [(v.version, v.evaluator, v.rows, v.unequal) for v in found.versions] == [
        (1, "lightgbm", ASKED + 9, 0),
        (2, "onnx", ASKED + 9, 0),
    ]
    assert found.cannot == ()


def test_each_logged_answer_tells_by_what_it_was_answered(twice: Twice) -> None:
    now = datetime.now(UTC)
    hour = Asked(start=now - timedelta(hours=1), end=now + timedelta(minutes=1), limit=10_000)
    page = ask_log(twice.project.workshop, hour)
    assert {(row.version, row.evaluator) for row in page.rows} == {(1, "lightgbm"), (2, "onnx")}
    assert ask_log(twice.project.workshop, replace(hour, where="evaluator = 'onnx'")).matched == ASKED + 9


def test_a_package_that_is_gone_tells_nothing_and_the_log_is_shown(copied: Project, twice: Twice) -> None:
    shutil.rmtree(copied.workshop.home.packages / twice.own.package)
    now = datetime.now(UTC)
    page = ask_log(copied.workshop, Asked(start=now - timedelta(hours=1), end=now + timedelta(minutes=1), limit=10_000))
    assert {(row.version, row.evaluator) for row in page.rows} == {(1, ""), (2, "onnx")}
    assert copied.measured(twice.own) == ()


def test_the_same_candidate_gets_the_same_payload_however_often_it_is_judged(
    copied: Project, twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The choice is a step of its own: another gate, and a machine that is otherwise today, do not make it anew."""
    again = race(monkeypatch, lightgbm=200.0, onnx=150.0)
    again.micros |= {"lightgbm": 1.0, "onnx": 9.0}
    stricter = respecify(copied, gates=(GateSpec(metric="roc_auc", min=0.9999),))
    outcome = stricter.train()
    assert outcome.version.number == 3
    assert outcome.version.payload_digest == twice.twin.payload_digest != twice.own.payload_digest
    assert again.runs == 0
    assert outcome.timings.evaluators == copied.measured(twice.twin)


def test_other_times_are_no_other_payload(copied: Project, twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are attested beside the payload: as long as the same one wins, the same inputs give the same digest."""
    race(monkeypatch, lightgbm=7.0, onnx=8.0)
    outcome = copied.train()
    assert outcome.version.payload_digest == twice.own.payload_digest
    assert outcome.timings.evaluators != copied.measured(twice.own)
    assert (
        "  answers with lightgbm: 7 µs a row (trees as bits 900 µs, same bits; ONNX Runtime 8 µs, same bits)" in outcome.lines
    )


def test_without_onnx_the_familys_own_answers(copied: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    race(monkeypatch, lightgbm=21.0)
    monkeypatch.setattr("millwright.models.twins.find_spec", lambda name: None)
    own, _bits, absent = copied.train().timings.evaluators
    assert own.chosen
    assert (absent.name, absent.why_not) == ("onnx", "not installed: pip install 'millwright[onnx]'")


def test_a_lost_graph_is_made_again(copied: Project, twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    run = race(monkeypatch, lightgbm=200.0, onnx=150.0)
    graph = twice.payload(twice.twin)
    assert graph.info.evaluator == "onnx"
    content = peek_file(copied.workshop.home.packages / twice.twin.package, "model/model.onnx")
    digest = copied.workshop.blobs.put(content)
    (path,) = (path for path in copied.workshop.home.blobs.rglob("*") if path.is_file() and path.name in digest)
    path.chmod(0o600)
    path.write_bytes(content[:-1] + b"!")
    assert copied.train().version.payload_digest == twice.twin.payload_digest
    assert run.runs == 1


def test_trees_as_bits_answer_alike_and_need_nothing_more(
    copied: Project, twice: Twice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    race(monkeypatch, lightgbm=200.0, bits=50.0, onnx=150.0)
    version = copied.train().version
    payload, own, rows = open_version(copied.workshop, version), twice.payload(twice.own), twice.rows()
    assert (payload.info.evaluator, payload.info.model_files) == ("bits", ("lightgbm.txt", "trees.npz"))
    assert isinstance(payload.scorer.evaluator, TreeBits)
    assert payload.golden == own.golden
    assert payload.scorer.answer_rows(rows) == own.scorer.answer_rows(rows)
    assert [payload.scorer.answer_rows([row])[0] for row in rows] == own.scorer.answer_rows(rows)
    assert payload.scorer.explainer is not None
    copied.promote(version.name, force=True, reason="to be asked")
    pinned = {line.partition("==")[0] for line in copied.export_container(tmp_path / "image").requirements}
    assert "onnxruntime" not in pinned
    with closing(InProcess(copied.workshop.home.root, copied.workshop.trust)) as inside:
        assert inside.look()["refused"] == {}
        inside.predict(None, json.dumps({"rows": rows}).encode())
    now = datetime.now(UTC)
    found = parity(copied.workshop, now - timedelta(hours=1), now + timedelta(minutes=1), 100_000)
    assert [(v.evaluator, v.rows, v.unequal) for v in found.versions][-1] == ("bits", ASKED, 0)


def without(library: str, folder: Path) -> dict[str, str]:
    """An environment in which a library is not there."""
    (folder / f"{library}.py").write_text(f"raise ImportError('No module named {library}')")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}


def test_a_server_without_onnx_runtime_refuses_it_and_says_what_to_install(
    copied: Project, twice: Twice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = copied.workshop
    monkeypatch.setenv("PYTHONPATH", without("onnxruntime", tmp_path)["PYTHONPATH"])
    with pytest.raises(PackageRefused) as refused:
        probe_package(shop.home.packages / twice.twin.package, twice.twin.package, shop.trust, 60)
    assert NOT_INSTALLED in str(refused.value)
    assert refused.value.code == "onnx.missing"
    probe_package(shop.home.packages / twice.own.package, twice.own.package, shop.trust, 60)
    for known in (shop.home.root / "serve" / "probed").iterdir():
        assert known.name.startswith((twice.own.package, twice.twin.package)), "loading it here went well once"
    assert NOT_INSTALLED in json.dumps(serving(shop.home.root, shop.trust)["refused"])


def serving(home: Path, trust: Path) -> dict[str, Any]:
    """What a real server says of itself once it has looked at the releases of a home."""
    ready = home / "ready.json"
    options = ["--home", str(home), "--trust", str(trust), "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen([sys.executable, "-m", "millwright.serve", *options], stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 60
            while not ready.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            connection = http.client.HTTPConnection("127.0.0.1", json.loads(ready.read_bytes())["port"], timeout=30)
            connection.request("GET", "/ready")
            said: dict[str, Any] = json.loads(connection.getresponse().read())
            return said
        finally:
            server.terminate()


def test_a_worker_with_lightgbm_alone_never_loads_onnx_runtime(twice: Twice, tmp_path: Path) -> None:
    shop = twice.project.workshop
    code = (
        "import sys; from pathlib import Path\n"
        "from millwright.package.keys import Trust; from millwright.package.open import open_payload\n"
        "from millwright.package.verify import verify_package\n"
        "open_payload(verify_package(Path(sys.argv[1]) / sys.argv[2], sys.argv[2], Trust(Path(sys.argv[3]))))\n"
        "print(*(m for m in ('onnx', 'onnxruntime', 'pandas', 'lightgbm') if m in sys.modules))"
    )
    for version, loaded in ((twice.own, ""), (twice.twin, "onnxruntime")):
        command = [sys.executable, "-c", code, str(shop.home.packages), version.package, str(shop.trust)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == loaded


def test_exports_bring_what_it_needs(copied: Project, twice: Twice, tmp_path: Path) -> None:
    done = copied.export_container(tmp_path / "image")
    pinned = {line.partition("==")[0] for line in done.requirements}
    assert {"onnxruntime", "lightgbm"} <= pinned
    assert not {"onnx", "pandas", "scipy"} & pinned
    assert "libgomp1" in (tmp_path / "image" / "Dockerfile").read_text()
    copied.export_mlflow(tmp_path / "mlflow")
    assert "millwright[onnx]==" in (tmp_path / "mlflow" / "requirements.txt").read_text()
    assert copied.export_onnx(tmp_path / "model.onnx").parity.largest < 1e-12
    made = from_json(Environment, peek_file(copied.workshop.home.packages / twice.twin.package, "environment.json"))
    assert "onnxruntime" in {library.name for library in made.libraries}
    plain = from_json(Environment, peek_file(copied.workshop.home.packages / twice.own.package, "environment.json"))
    assert "onnxruntime" not in {library.name for library in plain.libraries}
    assert "onnxruntime" not in {library.name for library in serving_environment("lightgbm").libraries}


def test_commands_show_it(twice: Twice) -> None:
    def mw(*arguments: str) -> str:
        done = run(*arguments, cwd=twice.project.path.parent)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "ONNX Runtime, 150 µs a row" in mw("versions")
    newest, first = json.loads(mw("versions", "--json"))["versions"]
    assert [one["name"] for one in newest["evaluators"] if one["chosen"]] == ["onnx"]
    assert [one["row_microseconds"] for one in first["evaluators"]] == pytest.approx([20.0, 900.0, 30.0])
    assert "ONNX Runtime" in mw("parity")
    assert {one["evaluator"] for one in json.loads(mw("parity", "--json"))["versions"]} == {"lightgbm", "onnx"}
    rows = json.loads(mw("log", "predictions", "--where", "evaluator = 'onnx'", "--json"))
    assert rows["rows"][0]["evaluator"] == "onnx"
