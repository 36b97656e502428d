from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from millwright.predictions.answered import Answered, answered_by
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
