"""The payload of a version, made again from its rows: the same to the byte, or in words why it is not."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from raced import race

from millwright.errors import DataRefused, ModelRefused, PackageRefused
from millwright.loop.evaluator import BY_RULE
from millwright.loop.order import Kept, Order
from millwright.loop.progress import silent
from millwright.loop.propose import Choices
from millwright.loop.rebuilding import PROVENANCE
from millwright.loop.rows_again import rows_again
from millwright.loop.train import train
from millwright.package.keys import SigningKey, Trust
from millwright.package.verify import verify_package
from millwright.package.write import write_package
from millwright.project import Project
from millwright.records.codec import from_json, to_json
from millwright.records.modelling import TrialConfig
from millwright.records.rebuilding import Provenance, Rebuilt
from millwright.stores.blob_loan import BorrowedBlobs
from millwright.stores.blob_memory import MemoryBlobs
from millwright.stores.blobs import digest_file
from sample_projects import begin, respecify

FEW = {"families": ("linear", "lightgbm"), "trials": 9, "budget": "5m"}
NETWORK = {"units": 16, "num_iterations": 4}


@pytest.fixture(scope="module")
def credit(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Project:
    """A project with a version that a search of nine fits made. Only read from."""
    project = begin(tmp_path_factory.mktemp("credit"), "german_credit.parquet", "class", **FEW)
    project.train()
    return project


@pytest.fixture
def copied(credit: Project, tmp_path: Path) -> Project:
    return Project(shutil.copytree(credit.path.parent, tmp_path / "elsewhere"))


def state_of(project: Project) -> dict[str, bytes]:
    """Every file of the state; not what SQLite keeps beside a catalogue that is open."""
    root = project.workshop.home.root
    files = [file for file in root.rglob("*") if file.is_file() and not file.name.startswith("catalogue.db-")]
    return {str(file.relative_to(root)): file.read_bytes() for file in files}


def provenance_of(project: Project) -> Provenance:
    package = project.workshop.home.packages / project.versions()[0].package
    return from_json(Provenance, (package / PROVENANCE).read_bytes())


def drop_rows(project: Project) -> None:
    for part in provenance_of(project).snapshot.parts:
        project.workshop.blobs.drop(part.digest)


def test_the_same_payload_comes_out_and_nothing_is_left_behind(credit: Project) -> None:
    before = state_of(credit)
    said: list[str] = []
    made = credit.rebuild("v1", say=said.append)
    assert made.equal
    assert (made.rows, made.files, made.apart, made.environment) == ("kept", (), (), ())
    assert made.rebuilt_digest == credit.versions()[0].payload_digest
    assert said[0] == "1,000 rows kept here"
    assert len(said) == 1 + made.fits
    assert state_of(credit) == before


@pytest.mark.parametrize("stopped", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_search_of_so_many_fits_gives_the_same_payload_in_another_project(
    credit: Project, tmp_path: Path, stopped: bool
) -> None:
    """Also where it was killed between two fits, and gone on with."""
    other = begin(tmp_path, "german_credit.parquet", "class", Choices(project=credit.spec.project), **FEW)
    if stopped:
        kill_in_search(other)
    again = other.train().version
    assert again.package != credit.versions()[0].package, "it was made at another time"
    assert again.payload_digest == credit.versions()[0].payload_digest


def kill_in_search(project: Project) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "millwright", "-f", str(project.path), "train"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as training:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list(project.path.parent.glob(".millwright/work/*/fits/*/*"))) < 7:
            time.sleep(0.01)
        os.killpg(training.pid, signal.SIGKILL)
    assert project.runs()[0].state == "running"


def test_where_fits_are_counted_the_evaluator_is_no_matter_of_measured_time(
    copied: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    race(monkeypatch, lightgbm=900.0, ensemble=900.0, linear=900.0, bits=1.0, onnx=1.0, **{"ensemble-bits": 1.0})
    again = copied.train().version
    assert again.payload_digest == copied.versions()[-1].payload_digest
    own, *twins = copied.measured(again)
    assert own.chosen
    assert own.row_microseconds == pytest.approx(900.0), "it was measured anew"
    assert {twin.why_not for twin in twins if twin.equal} <= {BY_RULE, f"slower than {own.name}"}
    assert BY_RULE in {twin.why_not for twin in twins} or not twins


def test_a_package_that_lies_elsewhere_is_rebuilt_in_its_project_from_the_source(copied: Project, tmp_path: Path) -> None:
    """Where nothing of the run is kept: no version, no rows."""
    folder = shutil.move(copied.workshop.home.packages / copied.versions()[0].package, tmp_path / "brought")
    shutil.rmtree(copied.workshop.home.root)
    made = Project(copied.path).rebuild(folder)
    assert (made.equal, made.rows) == (True, "source")
    assert not Project(copied.path).versions()
    other = begin(tmp_path, "adult.csv", "income")
    shutil.copytree(copied.workshop.trust, other.workshop.trust)
    with pytest.raises(PackageRefused) as refused:
        other.rebuild(folder)
    assert refused.value.code == "rebuild.project"


def test_a_source_that_has_other_rows_now_is_told_of(copied: Project) -> None:
    drop_rows(copied)
    source = copied.path.parent / "german_credit.parquet"
    duckdb.sql(f"copy (from '{source}' limit 999) to '{source}.less' (format parquet)")
    os.replace(f"{source}.less", source)
    with pytest.raises(DataRefused, match="999 rows, and 1,000 then") as refused:
        copied.rebuild("v1")
    assert refused.value.code == "rebuild.rows"
    source.unlink()
    with pytest.raises(DataRefused, match="cannot be read"):
        copied.rebuild("v1")


def test_a_damaged_copy_of_the_rows_is_not_taken_for_them(copied: Project, tmp_path: Path) -> None:
    (part,) = provenance_of(copied).snapshot.parts
    path = copied.workshop.blobs.local(part.digest)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    shop, snapshot = copied.workshop, provenance_of(copied).snapshot
    mine = replace(shop, blobs=BorrowedBlobs(MemoryBlobs(), shop.blobs))
    assert rows_again(mine, snapshot, shop.spec.data, tmp_path / "copied-to") == "source"
    assert digest_file(mine.blobs.local(part.digest)) == part.digest
    assert digest_file(shop.blobs.local(part.digest)) != part.digest, "what is kept is not written to"


def told_otherwise(project: Project, **changes: object) -> Path:
    """The package of v1 once more, signed, with another provenance."""
    shop, version = project.workshop, project.versions()[0]
    verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    attestations = {path: content for path, content in verified.files.items() if path not in verified.payload}
    attestations[PROVENANCE] = to_json(replace(provenance_of(project), **changes))  # type: ignore[arg-type]
    manifest, key = verified.manifest, SigningKey.at(shop.signing_key, shop.trust)
    digest = write_package(
        shop.home.packages,
        payload=verified.payload,
        attestations=attestations,
        project=manifest.project,
        created_at=manifest.created_at,
        key=key,
        evaluator=manifest.evaluator,
    )
    return shop.home.packages / digest


def test_another_recipe_gives_another_payload_and_it_is_said_where_it_came_apart(copied: Project) -> None:
    recipe = provenance_of(copied).recipe
    assert recipe is not None
    made = copied.rebuild(told_otherwise(copied, recipe=replace(recipe, models=recipe.models[:1] * 2)))
    assert not made.equal
    assert "payload.json" in made.files or any(file.startswith("model/") for file in made.files)
    assert "plan.json" not in made.files


@pytest.mark.parametrize(("what", "said"), [("assignment", "divided otherwise"), ("plan", "other features")])
def test_where_the_rows_come_out_otherwise_nothing_is_fitted(copied: Project, what: str, said: str) -> None:
    made: Rebuilt = copied.rebuild(told_otherwise(copied, **{what: "0" * 64}))
    assert (made.equal, made.fits, made.rebuilt_digest) == (False, 0, "")
    (line,) = made.apart
    assert said in line


def test_a_package_from_before_recipes_is_refused(copied: Project) -> None:
    with pytest.raises(ModelRefused, match="packed by an earlier Millwright") as refused:
        copied.rebuild(told_otherwise(copied, recipe=None))
    assert refused.value.code == "rebuild.older"


def test_a_retrain_on_rows_bounded_by_time_and_by_a_golden_set_is_rebuilt(tmp_path: Path) -> None:
    """With a network whose deadline may come at any step; the golden set is read from its own file again."""
    choices = Choices(time="scheduled_departure")
    project = begin(tmp_path, "flights_joined_2013.parquet", "arr_late15", choices, families=("net",), budget="4s")
    rows = f"from '{tmp_path}/flights_joined_2013.parquet' where arr_late15 is not null"
    duckdb.sql(f"copy ({rows} order by scheduled_departure limit 50) to '{tmp_path}/golden.parquet' (format parquet)")
    quicker = replace(project.spec.evaluate, resamples=200)
    project = respecify(project, evaluate=quicker, golden="golden.parquet")
    config = TrialConfig(name="small", family="net", params=NETWORK)
    order = Order(run="again-1", as_of=datetime.now(UTC), window="200d", holdout="recent", kept=Kept((config,)))
    train(project.workshop, silent, order)
    bounds = provenance_of(project).bounds
    assert bounds.since is not None
    assert bounds.holdout == "recent"
    assert bounds.golden is not None
    for part in bounds.golden.parts:
        project.workshop.blobs.drop(part.digest)
    made = project.rebuild("v1")
    assert (made.equal, made.apart, made.rows) == (True, (), "kept")
