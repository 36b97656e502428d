"""A client as anybody would write one: plain HTTP with a connection kept open."""

import http.client
import json
import time
from typing import Any, Self
from urllib.parse import urlsplit


class Client:
    """One connection to a server; counts what failed and how long answers took."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self.seconds: list[float] = []
        self.failed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def predict(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to POST /v1/predict; None where it failed."""
        began = time.perf_counter()
        answer = self._post("/v1/predict", body)
        self.seconds.append(time.perf_counter() - began)
        return answer

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The answer to POST /v1/labels; None where it failed."""
        return self._post("/v1/labels", {"labels": labels})

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        raw = response.read()
        if response.status != 200:
            self.failed += 1
            return None
        answer: dict[str, Any] = json.loads(raw)
        return answer

    def latency_ms(self, share: float) -> float:
        """A quantile of the answers' times, in milliseconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3 if ordered else float("nan")
