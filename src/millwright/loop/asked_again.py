"""What a version says of logged requests that another one answered. Looks ask for mostly the same rows: each is asked once."""

from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.scorer import Scorer
from millwright.package.open import Payload
from millwright.predictions.logged import logged_columns

Array = NDArray[Any]

MOST = 20_000
"""Requests whose answers are kept of one version; more at once are asked, and not kept."""
_VERSIONS = 4


def asked_again(payload: Payload, requests: Array) -> Array:
    """The outputs for n requests, JSON objects as text: shape (n,) or (n, classes), to the bit as if all were asked."""
    if not 0 < len(requests) <= MOST:
        return _ask(payload.scorer, requests)
    return _known(payload.payload_digest).of(payload.scorer, requests)


class _Known:
    """What one version said, by the text of the request: an answer depends on nothing else."""

    def __init__(self) -> None:
        self._said: dict[str, Any] = {}
        self._lock = Lock()

    def of(self, scorer: Scorer, requests: Array) -> Array:
        with self._lock:
            texts = requests.tolist()
            new = [text for text in dict.fromkeys(texts) if text not in self._said]
            if len(self._said) + len(new) > MOST:
                self._said = {text: self._said[text] for text in texts if text in self._said}
            if new:
                self._said.update(zip(new, _ask(scorer, np.array(new, dtype=object)), strict=True))
            return np.array([self._said[text] for text in texts])


@lru_cache(maxsize=_VERSIONS)
def _known(_payload_digest: str) -> _Known:
    return _Known()


def _ask(scorer: Scorer, requests: Array) -> Array:
    return scorer.batch(logged_columns(requests, scorer.contract))
