"""The client: rows to answers, labels to receipts. Asks again where that is safe and may help."""

import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from millwright.client.answers import Column, LabelResult, Prediction, Predictions, Readiness
from millwright.client.failures import ClientError
from millwright.client.patience import Heard, Lost, Patience, Retries
from millwright.client.speech import READY, Ask, Speech, columns_of
from millwright.client.transport import HttpxWire

TIMEOUT = 10.0
MAX_ROWS = 1_000
RETRIES = Retries()
NEVER = Retries(times=0)


class Wire(Protocol):
    """One try of one request, over connections that are kept."""

    def once(self, ask: Ask, seconds: float) -> Heard | Lost:
        """The answer, or why there is none."""

    def close(self) -> None:
        """Close all connections."""


class Client:
    """Asks one server. Safe to share between threads; use it as a context manager, or close it.

    url: http://HOST:PORT. project: by default the server's. timeout: seconds for which the network may stand still in one
    try. retries: how often (or also how far apart and until when) a request is tried again after 429, 502, 503, 504, a broken
    connection or a time-out; never after another refusal. max_rows: longer lists are sent in parts of so many rows.
    Raises DataRefused for an address or key that is none, Unavailable where the extra `client` is not installed.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        project: str | None = None,
        timeout: float = TIMEOUT,
        retries: Retries | int = RETRIES,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._speech = Speech(url, api_key, project, max_rows)
        self._timeout, self._retries = timeout, Retries.of(retries)
        self._wire = self._connect()

    def _connect(self) -> Wire:
        return HttpxWire(self._speech)

    def predict(
        self,
        rows: Iterable[Mapping[str, Any]],
        ids: Sequence[str] | None = None,
        keys: Sequence[Any] | None = None,
        explain: bool = False,
    ) -> Predictions:
        """The answers to rows (mappings, or a data frame of pandas or polars), in their order; none for no rows.

        ids: your own for each row, 1 to 128 characters: asked again under it, a row gets the same answer and is logged once.
        Without them each call makes its own. keys: the key of each row, where it is not in the row's key columns.
        Raises DataRefused for what cannot be sent, RequestRefused naming row and column, ServerUnreachable. Of a long list
        each part is answered whole or not at all; the error's `answered` holds the parts before.
        """
        project, done = self._speech.project or "", list[Prediction]()
        try:
            for ask in self._speech.predict(rows, ids, keys, explain=explain):
                answer = self._speech.read_predictions(ask, self._ask(ask))
                project = answer.project
                done.extend(answer)
        except ClientError as error:
            error.answered = tuple(done)
            raise
        return Predictions(project=project, predictions=tuple(done))

    def predict_one(self, row: Mapping[str, Any], id: str | None = None, key: Any = None, explain: bool = False) -> Prediction:
        """The answer to one row. Raises as `predict` does."""
        ids, keys = None if id is None else [id], None if key is None else [key]
        answer: Prediction = self.predict([row], ids, keys, explain)[0]
        return answer

    def labels(self, labels: Iterable[Mapping[str, Any]], source: str | None = None) -> tuple[LabelResult, ...]:
        """Tell what came true: {"id": ..., "value": ...} or {"key": ..., "value": ...}, with "at" where it is known when.

        One result for each, in order: a label that is refused costs the others nothing. What was accepted is on the server's
        disk. Raises DataRefused, RequestRefused where the request as a whole is refused, ServerUnreachable.
        """
        results: list[LabelResult] = []
        for ask in self._speech.labels(labels, source):
            results += self._speech.read_labels(ask, self._ask(ask))
        return tuple(results)

    def ready(self) -> Readiness:
        """Whether the server answers, and with what; asked once. Raises ServerUnreachable, RequestRefused."""
        return self._speech.read_ready(self._ask(READY, NEVER))

    def columns(self) -> tuple[Column, ...]:
        """The columns that a row brings, in the order of the contract, and after them those that name it (`data.key`). Raises
        RequestRefused, ServerUnreachable."""
        ask = columns_of(self._speech.project or self.ready().default or "")
        return self._speech.read_columns(ask, self._ask(ask))

    def _ask(self, ask: Ask, retries: Retries | None = None) -> Heard | Lost:
        patience = Patience(retries or self._retries, time.monotonic())
        while True:
            outcome = self._wire.once(ask, patience.seconds(self._timeout, time.monotonic()))
            wait = patience.wait_after(outcome, time.monotonic())
            if wait is None:
                return outcome
            time.sleep(wait)

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
