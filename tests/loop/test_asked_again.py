"""Each logged request is asked once of a version, and the answers are those that all of them would have."""

import json
from typing import Any

import numpy as np
import pytest
from trips_project import trips_project

from millwright.loop import asked_again as module
from millwright.loop.asked_again import asked_again
from millwright.loop.opened import open_version
from millwright.package.open import Payload
from millwright.predictions.logged import logged_columns


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> Payload:
    project = trips_project(tmp_path_factory.mktemp("asked") / "trips", 1)
    return open_version(project.workshop, project.versions()[0])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests were asked, call by call."""
    counts: list[int] = []
    ask = module._ask
    module._known.cache_clear()
    monkeypatch.setattr(module, "_ask", lambda scorer, requests: (counts.append(len(requests)), ask(scorer, requests))[1])
    return counts


def requests_of(payload: Payload, count: int, first: int = 0) -> Any:
    row = payload.golden.rows[0]
    number = next(name for name, value in row.items() if isinstance(value, float))
    return np.array([json.dumps({**row, number: float(first + i)}) for i in range(count)], dtype=object)


def directly(payload: Payload, requests: Any) -> list[float]:
    return payload.scorer.batch(logged_columns(requests, payload.scorer.contract)).tolist()


def test_what_was_asked_is_not_asked_again(payload: Payload, asked: list[int]) -> None:
    early, late = requests_of(payload, 30), requests_of(payload, 30, first=20)
    assert asked_again(payload, early).tolist() == directly(payload, early)
    assert asked_again(payload, np.append(late, late[:5])).tolist() == directly(payload, np.append(late, late[:5]))
    assert asked_again(payload, early[::-1]).tolist() == directly(payload, early[::-1])
    assert asked == [30, 20]


def test_no_more_is_kept_than_is_said(payload: Payload, asked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 25)
    one, other = requests_of(payload, 20), requests_of(payload, 20, first=10)
    for requests in (one, other, one):
        assert asked_again(payload, requests).tolist() == directly(payload, requests)
    assert asked == [20, 10, 10], "the rows in common stay, and room is made for the others"
    many = requests_of(payload, 26)
    assert asked_again(payload, many).tolist() == directly(payload, many)
    assert asked[-1] == 26
    assert asked_again(payload, many[:0]).shape[0] == 0
    assert asked[-1] == 0
    assert len(module._known(payload.payload_digest)._made) <= 25
