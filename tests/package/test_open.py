import subprocess
import sys
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from package_samples import Shelf
from payload_samples import columns, golden, payload, scorer

from millwright.data.columns import row_at
from millwright.errors import PackageRefused
from millwright.models.onnx_evaluator import FILE as ONNX
from millwright.models.onnx_model import onnx_model
from millwright.models.scorer import Scorer
from millwright.package.golden import check_golden
from millwright.package.open import open_payload
from millwright.package.probe import probe_package

pytestmark = pytest.mark.usefixtures("own_start")

KINDS = ("lightgbm", "linear", "baseline")
MODEL_FILE = "model/lightgbm.txt"


@pytest.mark.parametrize("kind", KINDS)
def test_an_opened_package_answers_as_what_was_packed(shelf: Shelf, kind: str) -> None:
    verified = shelf.verify(shelf.write(payload=payload(kind)))
    opened = open_payload(verified)
    assert opened.payload_digest == verified.manifest.payload_digest
    check_golden(opened.scorer, opened.golden)
    mine = scorer(kind)[0].batch(columns())
    assert np.array_equal(opened.scorer.batch(columns()), mine)
    assert opened.scorer.row(row_at(columns(), 5)) == [mine[5]]


def test_an_evaluator_that_stands_for_another_marks_the_same_rows() -> None:
    """Which columns count is what the family's own says: a value never seen where the model does not look is no matter."""
    own, files = scorer()
    graph = onnx_model("lightgbm", files, len(own.plan.features))
    info = replace(own.info, evaluator="onnx", stands_for="lightgbm", model_files=(*own.info.model_files, ONNX))
    twin = Scorer(info, own.contract, own.plan, {**files, ONNX: graph})
    flags = [(f"unseen:{column.name}",) for column in own.contract.columns]
    marked = [own.support.marked(one) for one in flags]
    assert {len(one) for one in marked} == {1, 2}, "some columns count and some do not"
    assert [twin.support.marked(one) for one in flags] == marked
    assert twin.batch(columns()).tobytes() == own.batch(columns()).tobytes()


def test_the_real_golden_rows_hold_no_personal_values() -> None:
    text = msgspec.json.encode(golden()).decode()
    assert "Passenger" not in text
    assert "555-" not in text


@pytest.mark.parametrize("name", ["payload.json", "contract.json", "plan.json", "golden.json", MODEL_FILE])
def test_a_payload_that_lacks_a_file_is_refused(shelf: Shelf, name: str) -> None:
    files = payload()
    assert name in files
    del files[name]
    with pytest.raises(PackageRefused, match=r"lightgbm\.txt" if name.startswith("model/") else name):
        open_payload(shelf.verify(shelf.write(payload=files)))


@pytest.mark.parametrize("name", ["payload.json", "contract.json", "plan.json", "golden.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"schema":"millwright.other/9"}'])
def test_a_payload_of_another_form_is_refused(shelf: Shelf, name: str, content: bytes) -> None:
    with pytest.raises(PackageRefused, match=name):
        open_payload(shelf.verify(shelf.write(payload={**payload(), name: content})))


def test_the_payload_of_another_project_is_refused(shelf: Shelf) -> None:
    files = payload()
    files["payload.json"] = files["payload.json"].replace(b'"trips"', b'"taxis"')
    with pytest.raises(PackageRefused, match="of project taxis"):
        open_payload(shelf.verify(shelf.write(payload=files)))


@pytest.mark.parametrize("kind", KINDS)
def test_the_probe_passes_a_good_package(shelf: Shelf, kind: str) -> None:
    digest = shelf.write(payload=payload(kind))
    probe_package(shelf.packages / digest, digest, shelf.trust.folder, 60)


def probe_refuses(shelf: Shelf, files: dict[str, bytes], words: str) -> None:
    digest = shelf.write(payload=files)
    with pytest.raises(PackageRefused, match=words) as refused:
        probe_package(shelf.packages / digest, digest, shelf.trust.folder, 60)
    assert "\n" not in str(refused.value)


def test_the_probe_refuses_a_tampered_package(shelf: Shelf) -> None:
    digest = shelf.write(payload=payload())
    file = shelf.packages / digest / MODEL_FILE
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(PackageRefused, match=r"model/lightgbm\.txt was changed"):
        probe_package(shelf.packages / digest, digest, shelf.trust.folder, 60)


def test_the_probe_refuses_other_answers(shelf: Shelf) -> None:
    files = payload()
    plain = msgspec.json.decode(files["golden.json"])
    plain["outputs"][3][0] = float(np.nextafter(plain["outputs"][3][0], 1))
    probe_refuses(shelf, {**files, "golden.json": msgspec.json.encode(plain)}, "golden row 4 gives")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_signed_but_damaged_model_does_not_reach_this_process(shelf: Shelf, share: float) -> None:
    """The signature is right and the model file is not: native code may abort, in the child."""
    files = payload()
    model = files[MODEL_FILE]
    files[MODEL_FILE] = model[: int(len(model) * share)]
    probe_refuses(shelf, files, ".")


def test_a_probe_that_takes_too_long_is_killed(shelf: Shelf) -> None:
    digest = shelf.write(payload=payload())
    with pytest.raises(PackageRefused, match="took more than"):
        probe_package(shelf.packages / digest, digest, shelf.trust.folder, 0.001)


def test_opening_loads_no_heavy_library(shelf: Shelf) -> None:
    digest = shelf.write(payload=payload())
    code = (
        "import sys; from pathlib import Path\n"
        "from millwright.package.keys import Trust; from millwright.package.open import open_payload\n"
        "from millwright.package.verify import verify_package\n"
        "open_payload(verify_package(Path(sys.argv[1]), sys.argv[2], Trust(Path(sys.argv[3]))))\n"
        "print([m for m in ('pandas', 'sklearn', 'scipy', 'lightgbm', 'duckdb', 'sqlalchemy', 'pydantic') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(shelf.packages / digest), digest, str(shelf.trust.folder)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"
