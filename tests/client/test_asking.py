"""What a client gets from a real server, and what it is told where it asks wrongly."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from millwright.client import AsyncClient, Client, LabelResult, Predictions, RequestRefused, ServerUnreachable
from millwright.client.files import records_of, typed
from millwright.client.plain import PlainClient
from millwright.errors import DataRefused
from millwright.records.data import Contract, ContractColumn
from serve.released import CONTRACT, Home
from serve.running import ROW, Running

from .relay import relaying

ROWS = [{**ROW, "x0": 0.25 * n - 40, "who": f"p{n}"} for n in range(20)]
HEAVY = ("numpy", "pandas", "sklearn", "lightgbm", "duckdb", "sqlalchemy", "pydantic", "rich", "uvicorn", "httpx", "anyio")
HEAVY_ROOMS = ("millwright.serve", "millwright.registry", "millwright.loop", "millwright.spec", "millwright.app")


@pytest.fixture(params=[Client, PlainClient])
def client(request: pytest.FixtureRequest, url: str) -> Iterator[Client]:
    """Both clients that wait."""
    with request.param(url, max_rows=7) as asking:
        yield asking


def test_answers_are_typed_and_are_what_the_server_says(client: Client, server: Running) -> None:
    said = server.predict(ROW).body
    answer = client.predict([ROW], ids=[f"typed-{type(client).__name__}"])
    one = answer[0]
    assert (answer.project, answer.versions, len(answer)) == ("toy", (said["version"],), 1)
    assert (one.payload, one.probability) == (said["payload"], said["predictions"][0]["probability"])
    assert (one.decision, one.label, one.flags, one.value) == (True, "1", (), None)
    assert one.id in {line["id"] for line in server.logged()}
    with pytest.raises(FrozenInstanceError):
        one.probability = 0.0  # type: ignore[misc]


def test_a_long_list_goes_in_parts_and_comes_back_in_order(client: Client, server: Running) -> None:
    before = server.metric('millwright_requests_total{code="200",route="/v1/predict"}')
    answer = client.predict(ROWS)
    assert server.metric('millwright_requests_total{code="200",route="/v1/predict"}') - before == 3
    together = server.predict(*ROWS).body["predictions"]
    assert [one.probability for one in answer] == [given["probability"] for given in together]
    lines = {line["id"]: line["client_id"] for line in server.logged()}
    assert len({lines[one.id] for one in answer}) == len(ROWS), "each row has an id of its own"


def test_a_row_of_its_own_is_answered_under_its_own_id(client: Client) -> None:
    one = client.predict_one(ROW, id="mine")
    assert client.predict_one(ROW, id="mine") == one


def test_no_rows_are_no_request(client: Client) -> None:
    assert client.predict([]) == Predictions(project="")


def test_a_data_frame_and_what_python_calls_a_number_are_sent(client: Client, server: Running) -> None:
    frame = pd.DataFrame([{**ROW, "dest": pd.NA, "x1": np.float32(0.5), "x2": np.int64(2)}] * 2)
    frame["unused"], frame["when"] = pd.NaT, pd.Timestamp("2020-01-01")
    plain = server.predict({**ROW, "dest": None, "x1": 0.5, "x2": 2}).body["predictions"][0]["probability"]
    assert [one.probability for one in client.predict(frame)] == [plain, plain]
    for missing in (None, float("nan"), np.float32("nan"), pd.NA, pd.NaT):
        row = {**ROW, "dest": missing, "x1": Decimal("0.5"), "x2": np.int64(2)}
        assert client.predict_one(row).probability == plain, missing


def test_a_wrong_row_is_named_as_the_caller_counts_and_is_not_sent_again(client: Client, server: Running) -> None:
    refused = 'millwright_requests_total{code="422",route="/v1/predict"}'
    before = server.metric(refused)
    with pytest.raises(RequestRefused) as said:
        client.predict([*ROWS[:9], {**ROW, "x3": "wet"}, *ROWS[9:]])
    error = said.value
    assert (error.status, error.code, error.where) == (422, "contract.broken", "row 10, column 'x3'")
    assert (error.row, error.column, error.message) == (10, "x3", "a number is expected, got text")
    assert len(error.request_id) == 36
    assert [one.flags for one in error.answered] == [()] * 7, "the part before it was answered"
    assert server.metric(refused) - before == 1


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([ROW, {**ROW, "x3": object()}], "row 2, column 'x3'"),
        (ROW, "rows"),
        ([ROW, 3], "row 2"),
    ],
    ids=["an object", "one row", "a number"],
)
def test_what_cannot_be_sent_is_said_before_anything_is(client: Client, rows: Any, where: str) -> None:
    with pytest.raises(DataRefused) as said:
        client.predict(rows)
    assert said.value.where == where
    with pytest.raises(DataRefused, match="2 entries for 1 rows"):
        client.predict([ROW], ids=["a", "b"])


def test_labels_are_told_in_parts_and_each_has_its_result(client: Client, server: Running) -> None:
    ids = [one.id for one in client.predict(ROWS)]
    told = [{"id": id, "value": n % 2} for n, id in enumerate(ids)]
    told[9] = {"id": "nobody", "value": 1}
    results = client.labels(told, source="tower")
    assert [result.accepted for result in results] == [n != 9 for n in range(20)]
    assert (results[9].code, results[9].where) == ("label.id", "row 10, column 'id'")
    kept = {label["prediction_id"]: label for label in server.labels()}
    assert [kept[id]["source"] for id in (ids[0], ids[19])] == ["tower", "tower"]


def test_labels_none_of_which_is_good_have_their_results_too(client: Client) -> None:
    (result,) = client.labels([{"id": "nobody", "value": 1}])
    assert result == LabelResult(
        accepted=False,
        code="label.id",
        message="this is no prediction id",
        where="row 1, column 'id'",
        hint="use the id of an answer",
    )
    with pytest.raises(RequestRefused, match="characters"):
        client.labels([{"key": "ann", "value": 1}], source="x" * 65)


def test_readiness_and_the_columns_of_a_row(client: Client) -> None:
    ready = client.ready()
    assert ready
    assert (ready.default, ready.projects["toy"].version) == ("toy", "v1")
    assert ("x0", "FP64") in [(column.name, column.datatype) for column in client.columns()]


def test_a_key_that_is_a_number_is_sent_as_one_from_a_file_of_texts(tmp_path: Path) -> None:
    home = Home(tmp_path)
    numbered = ContractColumn(name="ticket", kind="integer", role="key", key=True)
    columns = tuple(numbered if column.name == "id" else column for column in CONTRACT.columns)
    home.release(1, home.package(1, contract=Contract(columns=columns)))
    rows, in_texts = records_of("ticket,distance,carrier\n10109,730.5,B6\n", "rows.csv", "rows")
    assert in_texts
    with home.serve() as server, Client(f"http://127.0.0.1:{server.port}") as client:
        assert len(client.predict(typed(rows, client.columns()))) == 1
        (line,) = server.logged()
    assert (line["key"], line["request"]["ticket"]) == ("10109", 10109)


def test_a_project_that_is_not_there(url: str) -> None:
    with Client(url, project="no such") as client, pytest.raises(RequestRefused) as said:
        client.predict_one(ROW)
    assert (said.value.status, said.value.code, said.value.exit_code) == (404, "not_found", 5)


@pytest.mark.parametrize("asking", [Client, PlainClient])
def test_the_key_is_sent_and_never_said(server: Running, asking: type[Client]) -> None:
    with relaying(server.port) as relay, asking(relay.url, api_key="mw_secret", project="toy") as client:
        client.predict_one(ROW)
        assert "mw_secret" not in repr(client)
    assert b"\r\nauthorization: bearer mw_secret\r\n" in relay.requests[0].lower()
    assert relay.requests[0].lower().startswith(b"post /v1/projects/toy/predict ")


@pytest.mark.parametrize("wrong", ["localhost:8080", "ftp://localhost", "http://", "http://localhost:port", ""])
def test_an_address_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(DataRefused, match="no address"):
        Client(wrong)


def test_a_key_with_a_line_break_is_refused(url: str) -> None:
    with pytest.raises(DataRefused, match="one word"):
        Client(url, api_key="mw_secret\n")


@pytest.mark.parametrize("asking", [Client, PlainClient])
def test_a_server_on_this_machine_is_asked_directly(url: str, asking: type[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with asking(url, retries=0) as client:
        assert client.ready()


def test_many_asks_at_once_from_one_loop(url: str, server: Running) -> None:
    async def ask() -> list[Predictions]:
        async with AsyncClient(url, max_rows=7) as client:
            assert await client.ready()
            assert len(await client.columns()) == 30
            (refused,) = await client.labels([{"id": "nobody", "value": 1}])
            assert not refused.accepted
            one = await client.predict_one(ROW, id="async")
            assert await client.predict_one(ROW, id="async") == one
            with pytest.raises(RequestRefused, match="row 9"):
                await client.predict([*ROWS[:8], {**ROW, "x3": "wet"}])
            return await asyncio.gather(*[client.predict(ROWS[n:]) for n in range(5)])

    together = [given["probability"] for given in server.predict(*ROWS).body["predictions"]]
    assert [[one.probability for one in answer] for answer in asyncio.run(ask())] == [together[n:] for n in range(5)]


def test_what_is_no_millwright_server_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    code = """
import http.server
other = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(other.server_port, flush=True)
other.serve_forever()
"""
    folder = tmp_path_factory.mktemp("www")
    (folder / "ready").write_text("<html>")
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as other:
        assert other.stdout is not None
        with Client(f"http://127.0.0.1:{int(other.stdout.readline())}") as client:
            with pytest.raises(ServerUnreachable, match="no Millwright server"):
                client.ready()
            with pytest.raises(RequestRefused, match="the server answered 501"):
                client.predict_one(ROW)
        other.terminate()


def python(code: str) -> str:
    """What a fresh process prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_client_is_light() -> None:
    code = f"import sys, millwright.client; print([name for name in {HEAVY + HEAVY_ROOMS} if name in sys.modules])"
    assert python(code) == "[]"


def test_without_httpx_the_extra_is_named() -> None:
    code = """
import sys
sys.modules["httpx"] = None
from millwright.client import Client
from millwright.errors import Unavailable
try:
    Client("http://localhost")
except Unavailable as error:
    print(error)
"""
    assert python(code) == "the client needs httpx, which is not installed (pip install 'millwright[client]')"
