"""Labels in doubt: days whose labels contradict the answers, but for those of which a person said that they are right."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from millwright.data.columns import take
from millwright.errors import NotFound
from millwright.loop.asked_again import asked_again
from millwright.loop.opened import Model
from millwright.loop.quality import truth_and_output
from millwright.loop.side_by_side import hidden_features
from millwright.loop.workshop import Workshop
from millwright.monitor.mirrored import AS_A_RULE, Mirrored, agreement, inside, mirrored
from millwright.package.open import Payload
from millwright.predictions.layout import to_microseconds
from millwright.records.deciding import Decision, Finding
from millwright.registry import decisions, findings

Array = NDArray[Any]
Span = tuple[datetime, datetime]

FEWEST = 30
"""Labelled rows of the days in doubt; with fewer the version before is not asked."""


def doubted(shop: Workshop, rows: dict[str, Array], mine: Model, other: Model | None) -> tuple[Mirrored, ...]:
    """The days whose labels contradict what `mine` answered, and what `other`, another version, would have answered to the same
    requests: labels that it agrees with are right.

    rows: labelled answers, with their requests where there is another version.
    """
    with shop.catalogue.read() as view:
        right = [(to_microseconds(start), to_microseconds(end)) for start, end in times_confirmed(view, shop.project)]
    runs = mirrored(*truth_and_output(mine.payload, rows), rows["event_at"])
    found = tuple(run for run in runs if not any(run.start < b and run.end > a for a, b in right))
    if not found or other is None or mine.payload.info.classes != other.payload.info.classes or hidden_features(shop, other):
        return found
    return of_the_labels(found, rows, mine.payload, other.payload)


def of_the_labels(doubts: tuple[Mirrored, ...], rows: dict[str, Array], mine: Payload, before: Payload) -> tuple[Mirrored, ...]:
    """Those doubts that are not the model's own: what the version before it would have answered to the same requests goes
    together with these labels, so it is the live version that is wrong.

    rows: labelled answers with their requests.
    """
    own = rows["payload_digest"] == mine.payload_digest
    found = []
    for doubt in doubts:
        part = take(rows, own & inside(rows["event_at"], [doubt]))
        y, _ = truth_and_output(mine, part)
        enough = int(np.isfinite(y).sum()) >= FEWEST
        if not enough or agreement(y, asked_again(before, part["request"]), part["event_at"]) < AS_A_RULE:
            found.append(doubt)
    return tuple(found)


def holds_on_labels(view: Connection, decision: Decision) -> bool:
    """Whether a decision holds since labels seem flipped."""
    return decision.action == "hold" and bool(_of_labels(view, decision))


def times_confirmed(view: Connection, project: str) -> tuple[Span, ...]:
    """The times whose labels seemed flipped and of which a person said that they are right; where it went on, up to then."""
    answers = decisions.of_action(view, project, "approve")
    asked = (
        (decisions.get(view, answer.of), answer) for answer in answers if answer.of and answer.evidence.get("action") == "hold"
    )
    return tuple((f.since, f.until or answer.event_at) for hold, answer in asked for f in _of_labels(view, hold))


def confirmed(finding: Finding, right: Sequence[Span]) -> bool:
    """Whether a finding is about labels of which a person said that they are right."""
    end = finding.until or finding.event_at
    return finding.check == "label_flip" and any(finding.since < b and end > a for a, b in right)


def _of_labels(view: Connection, decision: Decision) -> list[Finding]:
    found = []
    for name in decision.evidence.get("findings", ()):
        try:
            finding = findings.get(view, name)
        except NotFound:  # an imported decision may name findings that were never here
            continue
        found += [finding] if finding.check == "label_flip" else []
    return found
