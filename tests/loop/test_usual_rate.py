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


def usual(
    monkeypatch: pytest.MonkeyPatch, *windows: tuple[float, float, int], silent_since: float | None = None
) -> float | None:
    """What is usual after looks at windows, the newest first: when each began and ended, in hours from now on, and its rows.
    silent_since: when the silence began that the newest look told of."""
    seen = [SimpleNamespace(start=NOW + start * HOUR, end=NOW + end * HOUR, predictions=rows) for start, end, rows in windows]
    looks = [SimpleNamespace(window=one) for one in seen]

    @contextmanager
    def read() -> Any:
        yield None

    monkeypatch.setattr(seeing, "begun", lambda _shop: NOW)  # since a moment: there is no day before
    monkeypatch.setattr(seeing.catalogue_watched, "page", lambda *_a, **_k: looks)
    told = [] if silent_since is None else [SimpleNamespace(check="volume", since=NOW + silent_since * HOUR)]
    monkeypatch.setattr(seeing.catalogue_findings, "of_window", lambda *_: told)
    shop = SimpleNamespace(catalogue=SimpleNamespace(read=read), project="x")
    return seeing._usual(shop, Bounds(NOW, NOW + HOUR))  # type: ignore[arg-type]


def test_a_window_that_filled_up_in_a_moment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 0.07 / 3600
    assert usual(monkeypatch, (-moment, 0, 300)) is None
    assert usual(monkeypatch, (-moment, 0, 300), (-2, -moment, 300)) == pytest.approx(12 * 600)
    assert usual(monkeypatch) is None


def test_short_windows_are_taken_together_and_none_is_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    quarters = [(-(n + 1) / 4, -n / 4, 25) for n in range(8)]
    assert usual(monkeypatch, *quarters[:3]) is None
    assert usual(monkeypatch, *quarters) == 24 * 100
    assert usual(monkeypatch, (-0.25, 0, 0), *quarters[1:]) == 24 * 100, "a silence that has begun is not usual"
    sliding = [(-n / 4 - 0.5, -n / 4, 50) for n in range(8)]
    assert usual(monkeypatch, *sliding) == 24 * 100
    assert usual(monkeypatch, (-2, -1, 0), (-26, -2, 48)) == 48


def test_while_a_silence_lasts_that_was_told_usual_is_what_was_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [(-24.0 * (n + 7), -24.0 * n, 168 - 24 * min(3, 3 - n) if n < 3 else 168) for n in range(9)]
    assert usual(monkeypatch, *days, silent_since=-72.0) == 24
    assert usual(monkeypatch, *days) != 24
    assert usual(monkeypatch, *days[:3], silent_since=-24.0 * 20) == usual(monkeypatch, *days[:3]), "no look is older than it"
