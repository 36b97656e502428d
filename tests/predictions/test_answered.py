from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from millwright.predictions.answered import Answered, answered_by, asked_of
from millwright.predictions.layout import hour_name
from millwright.predictions.log import lines_of
from millwright.predictions.seal import seal
from millwright.predictions.segments import SegmentSet
from millwright.predictions.window import Logs

from .conftest import T0, make_prediction

MINE, OTHER = "b" * 64, "a" * 64
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("sealed", [False, True])
def test_lines_of_a_payload_are_counted_in_whatever_role(tmp_path: Path, sealed: bool) -> None:
    logs = Logs.of(tmp_path)
    live = [make_prediction(minute) for minute in range(6)]
    lines = [
        *live,
        *(replace(each, role="shadow", payload_digest=MINE) for each in live[:3]),
        replace(live[3], role="shadow", payload_digest=MINE, output={}, flags=("range:age", "failed")),
        make_prediction(10, role="canary", payload_digest=MINE),
        make_prediction(11, payload_digest=MINE, known_at=T0 + 9 * HOUR),
        make_prediction(60, payload_digest=MINE),
        make_prediction(-1, payload_digest=MINE),
    ]
    segments = SegmentSet(logs.predictions, 0, 1)
    for line in lines:
        segments.append("flights", hour_name(line.event_at), lines_of([line]))
    segments.close()
    if sealed:
        seal(logs.predictions, "flights", T0 + 48 * HOUR)
    assert answered_by(logs, "flights", MINE, T0, T0 + HOUR, as_of=T0 + 2 * HOUR) == Answered(rows=5, failed=1)
    assert answered_by(logs, "flights", MINE, T0, T0 + HOUR, as_of=T0 + 9 * HOUR) == Answered(rows=6, failed=1)
    assert answered_by(logs, "flights", OTHER, T0, T0 + HOUR, as_of=T0 + 9 * HOUR) == Answered(rows=6, failed=0)
    assert answered_by(logs, "other", MINE, T0, T0 + HOUR, as_of=T0 + 9 * HOUR) == Answered(rows=0, failed=0)


def test_requests_are_told_one_by_one_and_a_key_counts_as_it_was_first_asked(tmp_path: Path) -> None:
    logs = Logs.of(tmp_path)
    lines = [make_prediction(minute, payload_digest=MINE, key=f"k{minute}") for minute in range(3)]
    failed = replace(lines[1], role="shadow", output={}, flags=("failed",))
    beside = replace(lines[2], id=make_prediction(30).id, key="k4", flags=("failed",))
    again = [make_prediction(40 + n, payload_digest=MINE, key="k1", flags=("failed",)) for n in range(5)]
    late = make_prediction(50, payload_digest=MINE, key="k0", flags=("failed",))
    segments = SegmentSet(logs.predictions, 0, 1)
    for line in (lines[0], failed, lines[2], beside, *again, late):
        segments.append("flights", hour_name(line.event_at), lines_of([line]))
    segments.close()
    counted, requests = asked_of(logs, "flights", MINE, T0, T0 + HOUR, as_of=T0 + 2 * HOUR)
    assert counted == Answered(rows=10, failed=8)
    assert requests.failed.tolist() == [0, 1, 0.5]
    assert requests.rows.tolist() == [1, 1, 2]
    assert requests.moments.tolist() == sorted(int(line.known_at.timestamp() * 1e6) for line in lines)
