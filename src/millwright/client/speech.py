"""What a client says and how it reads the answers: requests as bytes, answers as records. No network."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import msgspec

from millwright.client.answers import Column, LabelResult, Prediction, Predictions, Readiness
from millwright.client.failures import RequestRefused, ServerUnreachable
from millwright.client.patience import Heard, Lost
from millwright.client.rows import Row, encoded, one_each, rows_of
from millwright.errors import DataRefused

_PLACE = re.compile(r"row \d+")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. first: the number of its first row in the list that was given, from 1."""

    method: str
    path: str
    body: bytes | None = None
    first: int = 1


class Speech:
    """How one client asks one server. Raises DataRefused for an address or a key that cannot be one."""

    def __init__(self, url: str, api_key: str | None, project: str | None, max_rows: int) -> None:
        if not _is_address(url):
            raise DataRefused("this is no address of a server", where=url, fix="give http://HOST:PORT", code="client.url")
        if api_key is not None and not (api_key.isascii() and api_key.isprintable() and " " not in api_key and api_key):
            raise DataRefused("an API key is one word", where="api_key", fix="give it as it was shown", code="client.key")
        if max_rows < 1:
            raise DataRefused("at least one row is sent at once", where="max_rows", code="client.rows")
        self.url, self.project, self._max_rows = url.rstrip("/"), project, max_rows
        self.headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key is not None:
            self.headers["Authorization"] = f"Bearer {api_key}"
        self._base = f"/v1/projects/{quote(project, safe='')}" if project else "/v1"

    def predict(self, rows: Any, ids: Any = None, keys: Any = None, *, explain: bool = False) -> Iterator[Ask]:
        """The requests that ask for rows, in order. Each row has an id, so that it may be sent again. Raises DataRefused."""
        rows = rows_of(rows)
        ids, keys = one_each("ids", ids, len(rows)), one_each("keys", keys, len(rows))
        call = uuid4().hex
        ids = ids or [f"{call}-{number}" for number in range(1, len(rows) + 1)]
        beside = {"explain": True} if explain else {}
        for begin, part in self._parts(rows):
            body = {"rows": part, "ids": ids[begin : begin + len(part)], **beside}
            if keys is not None:
                body["keys"] = keys[begin : begin + len(part)]
            yield Ask("POST", f"{self._base}/predict", encoded(body, part, begin + 1), begin + 1)

    def labels(self, labels: Any, source: str | None = None) -> Iterator[Ask]:
        """The requests that tell labels, in order. Raises DataRefused."""
        beside = {} if source is None else {"source": source}
        for begin, part in self._parts(rows_of(labels)):
            yield Ask("POST", f"{self._base}/labels", encoded({"labels": part, **beside}, part, begin + 1), begin + 1)

    def _parts(self, rows: Sequence[Row]) -> Iterator[tuple[int, Sequence[Row]]]:
        for begin in range(0, len(rows), self._max_rows):
            yield begin, rows[begin : begin + self._max_rows]

    def read_predictions(self, ask: Ask, outcome: Heard | Lost) -> Predictions:
        """The answers to a request. Raises RequestRefused, ServerUnreachable."""
        told = self.read(ask, outcome)
        by = {"version": told.get("version", ""), "payload": told.get("payload", "")}
        try:
            given = tuple(msgspec.convert({**by, **one}, Prediction) for one in told["predictions"])
        except (KeyError, TypeError, msgspec.ValidationError) as error:
            raise self._strange() from error
        return Predictions(project=told.get("project", ""), predictions=given)

    def read_labels(self, ask: Ask, outcome: Heard | Lost) -> tuple[LabelResult, ...]:
        """What became of each label of a request, also where none was accepted. Raises RequestRefused, ServerUnreachable."""
        told = self.read(ask, outcome, also=(422,)) if _tells_labels(outcome) else self.read(ask, outcome)
        try:
            return tuple(_label_result(one, ask.first) for one in told["labels"])
        except (KeyError, TypeError, msgspec.ValidationError) as error:
            raise self._strange() from error

    def read_ready(self, outcome: Heard | Lost) -> Readiness:
        """What a server says of itself. Raises RequestRefused, ServerUnreachable."""
        try:
            return msgspec.convert(self.read(READY, outcome, also=(503,)), Readiness)
        except msgspec.ValidationError as error:
            raise self._strange() from error

    def read_columns(self, ask: Ask, outcome: Heard | Lost) -> tuple[Column, ...]:
        """The columns that a row brings, and after them its keys, where the server tells them. Raises RequestRefused,
        ServerUnreachable."""
        told = self.read(ask, outcome)
        try:
            return msgspec.convert([*told["inputs"], *told.get("keys", ())], tuple[Column, ...])
        except (KeyError, TypeError, msgspec.ValidationError) as error:
            raise self._strange() from error

    def read(self, ask: Ask, outcome: Heard | Lost, also: Sequence[int] = ()) -> dict[str, Any]:
        """The JSON object of an answer with status 200 or one of `also`. Raises RequestRefused, ServerUnreachable."""
        if isinstance(outcome, Lost):
            fix = "see that the server runs (mw status) and that this is its address"
            raise ServerUnreachable(f"no answer: {outcome.why}", where=self.url, fix=fix)
        told = _object(outcome.body)
        if told is not None and (outcome.status == 200 or outcome.status in also):
            return told
        if outcome.status == 200:
            raise self._strange()
        raise _refusal(outcome.status, told or {}, ask.first)

    def _strange(self) -> ServerUnreachable:
        return ServerUnreachable("what answers there is no Millwright server", where=self.url, fix="check the address")


READY = Ask("GET", "/ready")


def columns_of(project: str) -> Ask:
    """The request for a project's columns."""
    return Ask("GET", f"/v2/models/{quote(project, safe='')}")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:  # a port that is no number
        return False


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _tells_labels(outcome: Heard | Lost) -> bool:
    return isinstance(outcome, Heard) and outcome.status == 422 and "labels" in (_object(outcome.body) or {})


def _refusal(status: int, told: Mapping[str, Any], first: int) -> RequestRefused:
    """What a server said, its row counted as the caller counts; a bare status where a proxy said it."""
    error = told.get("error")
    said = {name: str(value) for name, value in error.items()} if isinstance(error, Mapping) else {}
    row = error["row"] + first - 1 if isinstance(error, Mapping) and isinstance(error.get("row"), int) else None
    refused = RequestRefused(
        status,
        said.get("message") or (error if isinstance(error, str) else f"the server answered {status}"),
        code=said.get("code") or f"http.{status}",
        where=_moved(said.get("where", ""), row),
        fix=said.get("hint", ""),
        request_id=said.get("request_id", ""),
    )
    refused.row, refused.column = row, said.get("column", "")
    return refused


def _label_result(told: Mapping[str, Any], first: int) -> LabelResult:
    if told.get("status") == "accepted":
        return LabelResult(accepted=True)
    error = told["error"]
    found = _PLACE.search(error.get("where", ""))
    row = int(found[0].removeprefix("row ")) + first - 1 if found else None
    words = {name: error.get(name, "") for name in ("code", "message", "hint")}
    return LabelResult(accepted=False, where=_moved(error.get("where", ""), row), **words)


def _moved(where: str, row: int | None) -> str:
    """A place in a part of a list as a place in the list."""
    return _PLACE.sub(f"row {row}", where, count=1) if row is not None else where
