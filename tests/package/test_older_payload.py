"""A payload from before there were contributions, bands and marks: `before_bands/`, a linear model of bike hire."""

from pathlib import Path

import pytest
from package_samples import Shelf

from millwright.errors import PackageRefused
from millwright.models.scorer import Scorer
from millwright.package.golden import check_golden
from millwright.package.open import Payload, open_payload
from millwright.package.probe import probe_package
from millwright.records.codec import from_json

FOLDER = Path(__file__).with_name("before_bands")
HOUR = {"season": 2, "hr": 8, "workingday": 1, "weathersit": 1, "temp": 0.5, "datetime": "2012-05-02T08:00:00"}


def older() -> dict[str, bytes]:
    return {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*.json")}


@pytest.fixture
def opened(shelf: Shelf) -> Payload:
    digest = shelf.write(payload=older())
    probe_package(shelf.packages / digest, digest, shelf.trust.folder, 60)
    return open_payload(shelf.verify(digest))


def test_it_is_verified_loaded_and_answers_as_it_did(opened: Payload) -> None:
    assert b"bands" not in older()["payload.json"]
    assert b"intervals" not in older()["golden.json"]
    assert b'"mean"' not in older()["model/linear.json"]
    check_golden(opened.scorer, opened.golden)
    answer, flags = opened.scorer.answer_rows([HOUR])[0]
    below, above = opened.info.interval or (0, 0)
    assert answer == {"value": answer["value"], "low": answer["value"] + below, "high": answer["value"] + above}
    assert flags == ()


def test_what_is_new_works_on_it_too(opened: Payload) -> None:
    scorer: Scorer = opened.scorer
    row = {**HOUR, "temp": 7.0}
    answer, flags = scorer.answer_rows([row])[0]
    assert flags == ("range:temp", "out_of_support")
    assert scorer.explainer is not None
    said = scorer.explainer.explain([scorer.check(row, 1)[0]])[0]
    assert said["base"] == from_json(dict, older()["model/linear.json"])["intercepts"][0]
    assert said["base"] + sum(said["columns"].values()) == pytest.approx(answer["value"], rel=1e-9)


def test_bands_that_do_not_fit_are_found_when_it_is_opened(shelf: Shelf) -> None:
    files = older()
    assert files["payload.json"].endswith(b"}")
    files["payload.json"] = files["payload.json"][:-1] + b',"interval_bands":{"edges":[1],"ends":[[0,1]]}}'
    with pytest.raises(PackageRefused, match="bands"):
        open_payload(shelf.verify(shelf.write(payload=files)))
