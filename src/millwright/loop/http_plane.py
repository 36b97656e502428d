"""A data plane over HTTP, asked as anybody would ask it: plain HTTP with a connection kept open."""

import http.client
import json
import time
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from millwright.errors import Unavailable
from millwright.records.release import Release

SETTLE_SECONDS = 60.0


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
        answer = self._ask("POST", "/v1/predict", body)
        self.seconds.append(time.perf_counter() - began)
        return answer

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The answer to POST /v1/labels; None where it failed."""
        return self._ask("POST", "/v1/labels", {"labels": labels})

    def finish(self, before: datetime) -> bool:  # noqa: ARG002
        """The server lets go of what is idle by itself, some seconds later."""
        return False

    def settle(self, release: Release) -> None:
        """Return once the server answers with this release and tries what is tried. Raises Unavailable after a minute."""
        until = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < until:
            state = self._exchange("GET", "/ready", None)
            if state is not None and _has(state["projects"].get(release.project), release):
                return
            time.sleep(0.02)
        raise Unavailable(f"the server did not take up release {release.number}", code="server.release")

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """An answer; whatever is none is counted as failed."""
        answer = self._exchange(method, path, body)
        self.failed += answer is None
        return answer

    def _exchange(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any] | None:
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, content, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request opens it anew
            return None
        if response.status != 200:
            return None
        answer: dict[str, Any] = json.loads(raw)
        return answer

    def latency_ms(self, share: float) -> float:
        """A quantile of the answers' times, in milliseconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e3 if ordered else float("nan")


def _has(served: dict[str, Any] | None, release: Release) -> bool:
    if served is None or served["release"] != release.number:
        return False
    tried = served["challenger"]
    return bool((tried and tried["version"]) == (f"v{release.challenger}" if release.challenger else None))
