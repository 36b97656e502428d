"""The OpenAPI document says what a real server does: a program that reads it finds nothing that is not so."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.enforce import RowContract
from millwright.errors import ContractBroken
from millwright.records.data import ColumnKind, Contract, ContractColumn
from millwright.serve.access import Access
from millwright.serve.body import LabelBody
from millwright.serve.openapi.document import document
from millwright.serve.openapi.of_project import document_of, row_schema
from millwright.serve.openapi.operations import OPERATIONS
from millwright.serve.openapi.structures import LabelRequest
from millwright.serve.plane import Plane
from millwright.serve.routes.table import Vertex, all_routes
from millwright.serve.settings import ServeSettings

from .released import TRIP, Home
from .running import Running
from .toy_server import toy_slot

CONFIG = Path(__file__).with_name("schemathesis.toml")
KINDS: tuple[ColumnKind, ...] = ("number", "integer", "boolean", "category", "text", "date", "number_text")
NUMBERS = st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8")) | st.lists(st.none()) | st.just({})


@pytest.fixture(scope="module")
def trips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a real package and its contract."""
    home = Home(tmp_path_factory.mktemp("trips"))
    home.release(1, home.package(1))
    with home.serve() as server:
        yield server
        assert server.predict(TRIP).status == 200
        assert server.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize(("path", "examples"), [("/openapi.json", 10), ("/v1/projects/trips/openapi.json", 50)])
def test_schemathesis_finds_nothing(trips: Running, path: str, examples: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", "--no-color", "--warnings", "off"]
    url, answered = f"http://127.0.0.1:{trips.port}{path}", 'millwright_requests_total{code="200",route="%s"}'
    route = "/v1/projects/{project}/predict" if "trips" in path else "/v2/models/{project}"
    before = trips.metric(answered % route)
    done = subprocess.run(
        [*command, "--max-examples", str(examples), url], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout
    assert trips.metric(answered % route) - before > 5, "valid requests were among those that it sent"


def test_every_route_is_described(tmp_path: Path) -> None:
    plane = Plane.open(tmp_path, Access("127.0.0.1"))
    try:
        assert {(route.method, route.path) for route in all_routes(plane)} == set(OPERATIONS)
        of_platforms = all_routes(plane, Vertex("/of/health", "/of/predict"))
        assert {route.path for route in of_platforms} - {path for _, path in OPERATIONS} == {"/of/health", "/of/predict"}
    finally:
        plane.close()


def test_every_operation_has_a_name_of_its_own_and_a_summary() -> None:
    names = [operation.name for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(operation.summary for operation in OPERATIONS.values())


def test_the_document_is_served(trips: Running) -> None:
    assert trips.ask("GET", "/openapi.json").body == document()


def test_a_projects_document_has_its_rows(trips: Running) -> None:
    told = trips.ask("GET", "/v1/projects/trips/openapi.json").body
    assert list(told["paths"]) == ["/v1/projects/trips/predict", "/v1/projects/trips/labels"]
    row = told["components"]["schemas"]["Row"]
    assert row["required"] == ["distance", "carrier"]
    assert row["properties"]["distance"] == {"type": "number", "description": "Seen in training: 0 to 5000."}
    assert row["properties"]["carrier"]["description"] == "Seen in training: AA, B6, UA."
    assert row["properties"]["carrier"]["anyOf"][-1] == {"type": "null"}
    assert "late" not in row["properties"], "the target is no part of a row"
    assert trips.ask("GET", "/v1/projects/none/openapi.json").status == 404


def test_personal_values_are_not_told(tmp_path: Path) -> None:
    slot = toy_slot(tmp_path)
    secret = ContractColumn(name="who", kind="category", levels=("3f2a", "9bc1"), pii=True)
    slot.scorer.contract = Contract(columns=(secret,))  # type: ignore[misc]
    assert "description" not in row_schema(slot)["properties"]["who"]


def test_columns_that_are_refused_are_refused_in_the_document(tmp_path: Path) -> None:
    assert "additionalProperties" not in row_schema(toy_slot(tmp_path))
    slot = toy_slot(tmp_path)
    object.__setattr__(slot, "settings", ServeSettings(extra_columns="refuse", max_rows=7))
    told = document_of(slot)["components"]["schemas"]
    assert told["Row"]["additionalProperties"] is False
    assert told["PredictBody"]["properties"]["rows"]["anyOf"][0]["maxItems"] == 7


@given(st.sampled_from(KINDS), st.booleans(), VALUES, st.sampled_from([None, "unix seconds"]))
def test_a_row_is_valid_where_the_contract_takes_it(kind: ColumnKind, nullable: bool, value: Any, unix: str | None) -> None:
    written = unix if kind == "date" else None
    contract = Contract(columns=(ContractColumn(name="x", kind=kind, nullable=nullable, date_format=written),))
    slot = toy_slot(Path("/nowhere"))
    slot.scorer.contract = contract  # type: ignore[misc]
    valid = jsonschema_rs.is_valid(row_schema(slot), {"x": value})
    try:
        RowContract(contract).check({"x": value}, 1)
    except ContractBroken:
        assert not valid or (kind == "date" and isinstance(value, str | int | float)), "which are dates is told in words"
    else:
        assert valid


def test_a_label_request_is_told_as_it_is_read() -> None:
    read, told = (msgspec.structs.fields(kind) for kind in (LabelBody, LabelRequest))
    assert [(field.name, field.default, field.required) for field in read] == [
        (field.name, field.default, field.required) for field in told
    ]
