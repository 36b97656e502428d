"""The client for an event loop: asyncio, or trio, as httpx runs on both."""

import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from millwright.client.answers import Column, LabelResult, Prediction, Predictions, Readiness
from millwright.client.asking import MAX_ROWS, NEVER, RETRIES, TIMEOUT
from millwright.client.failures import ClientError
from millwright.client.patience import Heard, Lost, Patience, Retries
from millwright.client.speech import READY, Ask, Speech, columns_of
from millwright.client.transport import AsyncHttpxWire


class AsyncClient:
    """What `Client` is, with `await`. Many calls may be under way at once over its connections."""

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
        self._wire = AsyncHttpxWire(self._speech)

    async def predict(
        self,
        rows: Iterable[Mapping[str, Any]],
        ids: Sequence[str] | None = None,
        keys: Sequence[Any] | None = None,
        explain: bool = False,
    ) -> Predictions:
        """See `Client.predict`. The parts of a long list are asked one after another."""
        project, done = self._speech.project or "", list[Prediction]()
        try:
            for ask in self._speech.predict(rows, ids, keys, explain=explain):
                answer = self._speech.read_predictions(ask, await self._ask(ask))
                project = answer.project
                done.extend(answer)
        except ClientError as error:
            error.answered = tuple(done)
            raise
        return Predictions(project=project, predictions=tuple(done))

    async def predict_one(
        self, row: Mapping[str, Any], id: str | None = None, key: Any = None, explain: bool = False
    ) -> Prediction:
        """See `Client.predict_one`."""
        ids, keys = None if id is None else [id], None if key is None else [key]
        answer: Prediction = (await self.predict([row], ids, keys, explain))[0]
        return answer

    async def labels(self, labels: Iterable[Mapping[str, Any]], source: str | None = None) -> tuple[LabelResult, ...]:
        """See `Client.labels`."""
        results: list[LabelResult] = []
        for ask in self._speech.labels(labels, source):
            results += self._speech.read_labels(ask, await self._ask(ask))
        return tuple(results)

    async def ready(self) -> Readiness:
        """See `Client.ready`."""
        return self._speech.read_ready(await self._ask(READY, NEVER))

    async def columns(self) -> tuple[Column, ...]:
        """See `Client.columns`."""
        ask = columns_of(self._speech.project or (await self.ready()).default or "")
        return self._speech.read_columns(ask, await self._ask(ask))

    async def _ask(self, ask: Ask, retries: Retries | None = None) -> Heard | Lost:
        from anyio import sleep  # comes with httpx

        patience = Patience(retries or self._retries, time.monotonic())
        while True:
            outcome = await self._wire.once(ask, patience.seconds(self._timeout, time.monotonic()))
            wait = patience.wait_after(outcome, time.monotonic())
            if wait is None:
                return outcome
            await sleep(wait)

    async def close(self) -> None:
        """Close all connections."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
