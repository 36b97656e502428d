"""The graph is written where ONNX Runtime gives the version's answers with it, and nothing is written where it does not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from millwright.errors import Conflict, PackageRefused
from millwright.export.onnx import export_onnx
from millwright.export.subject import Subject
from millwright.models.onnx_graph import Precision
from millwright.package.layout import MODEL
from millwright.project import Project


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_what_is_written_answers_as_the_version(
    project: Project, subject: Subject, tmp_path: Path, precision: Precision
) -> None:
    done = project.export_onnx(tmp_path / "model.onnx", precision=precision)
    assert (done.parity.golden_rows, done.parity.real_rows) == (len(subject.payload.golden.rows), 2000)
    assert done.parity.largest <= done.parity.allowed == 1e-6
    said = json.loads((tmp_path / "model.json").read_text())
    scorer, golden = subject.payload.scorer, subject.payload.golden
    assert said["input"]["features"] == list(scorer.plan.features)
    assert (said["input"]["type"], said["payload"]) == (precision, subject.version.payload_digest)
    session = onnxruntime.InferenceSession(done.model)
    X = np.array([scorer.vector(scorer.check(row, 1)[0]) for row in golden.rows]).astype(precision)
    (found,) = session.run(["probability"], {"features": X})
    assert np.abs(found - np.array(golden.outputs)).max() < (1e-14 if precision == "float64" else 1e-6)


def test_another_model_does_not_pass_the_gate(subject: Subject, tmp_path: Path) -> None:
    """The graph is made of the package's bytes, and compared with what answers: here a digit of a leaf or weight apart."""
    files = dict(subject.verified.files)
    path = next(path for path in sorted(files) if path.startswith(MODEL) and not path.endswith(".npz"))
    before = (
        b"\nleaf_value=0."
        if b"\nleaf_value=0." in files[path]
        else b"leaf_value=-0."
        if b"leaf_value" in files[path]
        else b'"missing":['
    )
    text = files[path]
    at = text.index(before) + len(before)
    digit = next(i for i in range(at, len(text)) if text[i : i + 1].isdigit())
    files[path] = text[:digit] + (b"1" if text[digit : digit + 1] != b"1" else b"9") + text[digit + 1 :]
    other = replace(subject, verified=replace(subject.verified, files=files))
    with pytest.raises(PackageRefused, match="differ by up to") as refused:
        export_onnx(other, tmp_path / "model.onnx", "float64", None, force=False)
    assert refused.value.code == "export.parity"
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten(subject: Subject, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("mine")
    with pytest.raises(Conflict, match=r"model\.json"):
        export_onnx(subject, tmp_path / "model.onnx", "float64", None, force=False)
    assert (tmp_path / "model.json").read_text() == "mine"
    export_onnx(subject, tmp_path / "model.onnx", "float64", None, force=True)
    assert (tmp_path / "model.onnx").stat().st_size > 0
