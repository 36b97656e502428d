"""What a package says of itself is read without its signature, but never from bytes that its name does not cover."""

import hashlib
from pathlib import Path

import pytest
from package_samples import ATTESTATIONS, NOON, PAYLOAD, Shelf
from payload_samples import payload

from millwright.errors import PackageRefused
from millwright.package.open import open_payload
from millwright.package.peek import peek_file, peek_manifest
from millwright.package.write import write_package


def written(shelf: Shelf, evaluator: str, files: dict[str, bytes]) -> Path:
    digest = write_package(
        shelf.packages,
        payload=files,
        attestations=ATTESTATIONS,
        project="trips",
        created_at=NOON,
        key=shelf.key,
        evaluator=evaluator,
    )
    return shelf.packages / digest


def test_the_manifest_tells_the_evaluator(shelf: Shelf) -> None:
    assert peek_manifest(written(shelf, "onnx", PAYLOAD)).evaluator == "onnx"
    assert peek_manifest(shelf.packages / shelf.write()).evaluator == ""


def test_another_evaluator_is_another_package_of_the_same_payload(shelf: Shelf) -> None:
    first, other = written(shelf, "onnx", PAYLOAD), written(shelf, "linear", PAYLOAD)
    assert first != other
    assert peek_manifest(first).payload_digest == peek_manifest(other).payload_digest


def test_a_file_is_read_as_it_was_listed(shelf: Shelf) -> None:
    folder = written(shelf, "", PAYLOAD)
    assert peek_file(folder, "evaluation.json") == ATTESTATIONS["evaluation.json"]
    with pytest.raises(PackageRefused, match=r"timings\.json is not in the manifest"):
        peek_file(folder, "timings.json")
    changed(folder / "evaluation.json")
    with pytest.raises(PackageRefused, match=r"evaluation\.json was changed"):
        peek_file(folder, "evaluation.json")


def test_a_changed_manifest_tells_nothing(shelf: Shelf) -> None:
    folder = written(shelf, "onnx", PAYLOAD)
    changed(folder / "manifest.json")
    with pytest.raises(PackageRefused, match="its digest is not"):
        peek_manifest(folder)
    with pytest.raises(PackageRefused, match=r"manifest\.json"):
        peek_manifest(shelf.packages / ("0" * 64))


def test_a_manifest_of_another_form_tells_nothing(tmp_path: Path) -> None:
    folder = tmp_path / hashlib.sha256(b"[]").hexdigest()
    folder.mkdir()
    (folder / "manifest.json").write_bytes(b"[]")
    with pytest.raises(PackageRefused, match="of a form"):
        peek_manifest(folder)


def test_a_manifest_that_names_another_evaluator_than_the_payload_is_refused(shelf: Shelf) -> None:
    folder = written(shelf, "lightgbm", payload())
    assert open_payload(shelf.verify(folder.name)).manifest.evaluator == "lightgbm"
    with pytest.raises(PackageRefused, match="names lightgbm, the manifest onnx"):
        open_payload(shelf.verify(written(shelf, "onnx", payload()).name))


def changed(file: Path) -> None:
    content = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(content[:-1] + b"!")
