"""Labels of one side of the decisions, and labels that only the live version contradicts."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from millwright.data.columns import MISSING_DATE
from millwright.loop import doubted, one_side
from millwright.loop.doubted import of_the_labels
from millwright.loop.one_side import side_of_labels
from millwright.monitor.mirrored import mirrored

START = datetime(2024, 1, 1, tzinfo=UTC)
DAY = 86_400_000_000


def side(monkeypatch: pytest.MonkeyPatch, said: np.ndarray, labelled: np.ndarray) -> str | None:
    """The side, of answers with these probabilities of which some have labels."""
    texts = np.array([str(one) for one in said], dtype=object)
    rows = {"output": texts[labelled], "label": np.zeros(int(labelled.sum()))}
    every = {"output": texts, "label_known_at": np.where(labelled, 1, MISSING_DATE)}
    monkeypatch.setattr(one_side, "truth_and_output", lambda _payload, part: (part["label"], part["output"].astype(float)))
    monkeypatch.setattr(one_side, "window", lambda *_a, **_k: (None, every))
    kind = SimpleNamespace(outputs_of=lambda outputs, _info: np.array(outputs, dtype=float))
    monkeypatch.setattr(one_side, "task", lambda _name: kind)
    payload = SimpleNamespace(info=SimpleNamespace(threshold=0.5, task="binary"))
    mature = SimpleNamespace(labelled=int(labelled.sum()), predictions=len(said), start=START, end=START + timedelta(days=7))
    shop = SimpleNamespace(home=SimpleNamespace(root="."), project="p", clock=SimpleNamespace(now=lambda: START))
    return side_of_labels(*cast(Any, (shop, SimpleNamespace(payload=payload), mature, rows)))


def test_labels_of_what_was_acted_on_alone_are_of_one_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_side.Logs, "of", lambda _root: None)
    said = np.random.default_rng(1).random(1_000)
    assert side(monkeypatch, said, said >= 0.5) == "acted"
    assert side(monkeypatch, said, said < 0.5) == "not_acted"
    assert side(monkeypatch, said, np.random.default_rng(2).random(1_000) < 0.6) is None, "some of both sides are late"
    assert side(monkeypatch, said, np.ones(1_000, dtype=bool)) is None
    assert side(monkeypatch, np.full(1_000, 0.9), np.arange(1_000) % 2 == 0) is None, "all was acted on"
    assert side(monkeypatch, said, (said >= 0.5) & (np.arange(1_000) < 60)) is None, "of too few nothing is said"


def test_labels_that_the_version_before_agrees_with_are_not_flipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose column came with its sign turned contradicts right labels; so do right models flipped ones."""
    random = np.random.default_rng(3)
    event = np.arange(600) * (DAY // 60)
    truth = random.random(600)
    y = (random.random(600) < truth).astype(float)
    after = event >= 5 * DAY
    live = np.where(after, 1 - truth, truth)
    doubts = mirrored(y, live, event)
    assert len(doubts) == 1
    rows = {"payload_digest": np.where(after, "new", "old"), "event_at": event, "request": truth, "y": y, "said": live}
    monkeypatch.setattr(doubted, "truth_and_output", lambda _payload, part: (part["y"], part["said"]))
    mine, before = SimpleNamespace(payload_digest="new"), SimpleNamespace(payload_digest="old")

    def left(answers: Any) -> int:
        monkeypatch.setattr(doubted, "asked_again", lambda _payload, requests: answers(requests))
        return len(of_the_labels(doubts, rows, cast(Any, mine), cast(Any, before)))

    assert left(lambda requests: requests) == 0, "it is the live version that is wrong"
    assert left(lambda requests: 1 - requests) == 1, "both contradict them"
    assert left(lambda requests: np.zeros(len(requests))) == 1, "the one before says nothing"
    few = {name: values[:310] for name, values in rows.items()}
    monkeypatch.setattr(doubted, "asked_again", lambda _payload, requests: requests)
    assert len(of_the_labels(doubts, few, cast(Any, mine), cast(Any, before))) == 1, "of ten rows nobody is asked"
