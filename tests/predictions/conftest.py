"""Predictions and labels to put into logs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions import small
from millwright.predictions.ids import IdMaker
from millwright.predictions.layout import hour_name, to_microseconds
from millwright.predictions.log import lines_of
from millwright.predictions.segments import SegmentSet
from millwright.predictions.window import Logs
from millwright.records.traffic import Label, Prediction

T0 = datetime(2013, 6, 1, 12, tzinfo=UTC)
_maker = IdMaker(3, 9)


def make_prediction(minute: float, **changes: Any) -> Prediction:
    """A prediction that many minutes after T0."""
    at = T0 + timedelta(minutes=minute)
    fields: dict[str, Any] = {
        "id": _maker.next(to_microseconds(at) // 1000),
        "project": "flights",
        "key": None,
        "event_at": at,
        "known_at": at,
        "request": {"distance": 100.5, "dest": "ATL"},
        "output": {"probability": 0.25, "label": "0"},
        "payload_digest": "a" * 64,
        "version": 1,
        "role": "live",
        **changes,
    }
    return Prediction(**fields)


def make_label(minute: float, **changes: Any) -> Label:
    """A label that became known that many minutes after T0."""
    at = T0 + timedelta(minutes=minute)
    fields: dict[str, Any] = {
        "project": "flights",
        "prediction_id": None,
        "key": None,
        "value": "1",
        "source": "api",
        "event_at": at,
        "known_at": at,
        **changes,
    }
    return Label(**fields)


def write(logs: Logs, predictions: list[Prediction], labels: list[Label], start: int = 1) -> None:
    """Put both into the logs, in the order given, and let go of the files."""
    for root, records, time in ((logs.predictions, predictions, "event_at"), (logs.labels, labels, "known_at")):
        segments = SegmentSet(root, 0, start)
        for record in records:
            segments.append("flights", hour_name(getattr(record, time)), lines_of([record]))
        assert segments.close() == ()


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    """Logs with nothing in them."""
    return Logs.of(tmp_path)


@pytest.fixture(params=["memory", "database"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Windows come from columns in memory where they may, and from the database."""
    if request.param == "database":
        monkeypatch.setattr(small, "MOST", -1)
    return str(request.param)


@pytest.fixture
def prediction() -> Callable[..., Prediction]:
    return make_prediction


@pytest.fixture
def label() -> Callable[..., Label]:
    return make_label
