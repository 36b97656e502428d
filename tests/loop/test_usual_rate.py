"""How many rows a day are usual: no burst of a moment says so."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from millwright.loop import seeing
from millwright.loop.calendar import Bounds

NOW = datetime(2024, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def usual(monkeypatch: pytest.MonkeyPatch, lasted: list[timedelta]) -> float | None:
    """What is usual after looks at windows of 300 rows, the newest first, each so long."""
    windows = [SimpleNamespace(start=NOW - one, end=NOW, predictions=300) for one in lasted]
    looks = [SimpleNamespace(window=one) for one in windows]

    @contextmanager
    def read() -> Any:
        yield None

    monkeypatch.setattr(seeing, "begun", lambda _shop: NOW)  # since a moment: there is no day before
    monkeypatch.setattr(seeing.catalogue_watched, "page", lambda *_a, **_k: looks)
    shop = SimpleNamespace(catalogue=SimpleNamespace(read=read), project="x")
    return seeing._usual(shop, Bounds(NOW, NOW + HOUR))  # type: ignore[arg-type]


def test_a_window_that_filled_up_in_a_moment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = timedelta(milliseconds=70)
    assert usual(monkeypatch, [moment, moment]) is None
    assert usual(monkeypatch, [moment, 2 * HOUR]) == 3600.0
    assert usual(monkeypatch, []) is None
