"""What a version says of logged requests that another one answered. Looks ask for mostly the same rows: each is asked once."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.scorer import Scorer
from millwright.package.open import Payload
from millwright.predictions.by_text import ByText
from millwright.predictions.logged import logged_columns

Array = NDArray[Any]

MOST = 20_000
"""Requests whose answers are kept of one version; more at once are asked, and not kept."""
_VERSIONS = 4


def asked_again(payload: Payload, requests: Array) -> Array:
    """The outputs for n requests, JSON objects as text: shape (n,) or (n, classes), to the bit as if all were asked."""
    if not 0 < len(requests) <= MOST:
        return _ask(payload.scorer, requests)
    kept = _known(payload.payload_digest)
    return np.array(kept.of(requests.tolist(), lambda new: _ask(payload.scorer, np.array(new, dtype=object))))


@lru_cache(maxsize=_VERSIONS)
def _known(_payload_digest: str) -> ByText:
    """What one version said, by the text of the request: an answer depends on nothing else."""
    return ByText(MOST)


def _ask(scorer: Scorer, requests: Array) -> Array:
    return scorer.batch(logged_columns(requests, scorer.contract))
