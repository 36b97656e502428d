"""Sealing: nothing is lost or read twice, whenever the sealer dies."""

from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from killed import Mortals, mortals
from millwright.predictions.frames import frame
from millwright.predictions.layout import hour_name, hours
from millwright.predictions.log import lines_of
from millwright.predictions.seal import seal
from millwright.predictions.sealed import files_of, manifests
from millwright.predictions.segments import SegmentSet
from millwright.predictions.window import Logs, window
from millwright.records.traffic import Prediction
from millwright.stores.blobs import digest_file

from .conftest import T0, make_prediction

LATER = T0 + timedelta(days=1)
SAME_DAY = T0 + timedelta(hours=4)
SEAL = """
import duckdb
from datetime import datetime
from pathlib import Path
from millwright.predictions.seal import seal
from millwright.stores.durable import arm

def act(root, now, armed):
    arm(armed)
    seal(Path(root), "flights", datetime.fromisoformat(now))
"""


def write(root: Path, predictions: list[Prediction], start: int = 1) -> None:
    segments = SegmentSet(root, 0, start)
    for asked in predictions:
        segments.append("flights", hour_name(asked.event_at), lines_of([asked]))
    assert segments.close() == ()


def ids(root: Path) -> list[str]:
    found, columns = window(Logs(predictions=root, labels=root / "no"), "flights", T0, LATER, as_of=LATER)
    assert found.predictions == len(columns["id"])
    return list(columns["id"])


def test_sealed_rows_are_plain_parquet_in_order_of_time(tmp_path: Path) -> None:
    asked = [make_prediction(minute) for minute in (3, 1, 2)]
    write(tmp_path, asked)
    (sealed,) = seal(tmp_path, "flights", LATER)
    assert (sealed.rows, sealed.torn_bytes) == (3, 0)
    file = next(tmp_path.rglob("*.parquet"))
    assert digest_file(file) == sealed.digest
    read = duckdb.connect().execute(
        "select id, day, request->>'dest' from read_parquet(?, hive_partitioning = true)", [f"{tmp_path}/*/*/*.parquet"]
    )
    assert read.fetchall() == [(each.id, date(2013, 6, 1), "ATL") for each in sorted(asked, key=lambda each: each.event_at)]


def test_a_later_round_takes_what_came_later(tmp_path: Path) -> None:
    first, second = make_prediction(1), make_prediction(2)
    write(tmp_path, [first], start=1)
    assert len(seal(tmp_path, "flights", LATER)) == 1
    assert seal(tmp_path, "flights", LATER) == ()
    write(tmp_path, [second], start=2)
    assert len(seal(tmp_path, "flights", LATER)) == 1
    assert ids(tmp_path) == [first.id, second.id]


def test_an_hour_that_has_not_passed_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, [make_prediction(1)])
    assert seal(tmp_path, "flights", T0 + timedelta(minutes=62)) == ()
    assert len(seal(tmp_path, "flights", T0 + timedelta(minutes=65))) == 1


def test_a_segment_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    segments = SegmentSet(tmp_path, 0, 1)
    asked = make_prediction(1)
    segments.append("flights", hour_name(T0), lines_of([asked]))
    assert seal(tmp_path, "flights", LATER) == ()
    assert ids(tmp_path) == [asked.id]
    segments.close()
    assert len(seal(tmp_path, "flights", LATER)) == 1
    assert ids(tmp_path) == [asked.id]


def test_a_torn_tail_is_counted(tmp_path: Path) -> None:
    asked = make_prediction(1)
    write(tmp_path, [asked])
    segment = next(tmp_path.rglob("*.seg"))
    torn = frame(lines_of([make_prediction(2)]))[:-1]
    segment.write_bytes(segment.read_bytes() + torn)
    (sealed,) = seal(tmp_path, "flights", LATER)
    assert (sealed.rows, sealed.torn_bytes) == (1, len(torn))


def written_in_part(root: Path, asked: list[Prediction], sealed_at: datetime | None) -> None:
    """Two rows in one hour and one in the next, of which what has passed by `sealed_at` is sealed by the hour."""
    write(root, asked[:2], start=1)
    if sealed_at:
        seal(root, "flights", sealed_at)
    write(root, asked[2:], start=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sealed_at", "now"),
    [(None, SAME_DAY), (None, LATER), (SAME_DAY, LATER)],
    ids=["segments to hours", "segments to a day", "hours and segments to a day"],
)
def test_a_sealer_killed_at_any_instant_loses_nothing_and_doubles_nothing(
    tmp_path: Path, sealed_at: datetime | None, now: datetime
) -> None:
    with mortals(SEAL, Path(__file__).parent) as sealers:
        killed_at_each_point(sealers, tmp_path, sealed_at, now)


def killed_at_each_point(sealers: Mortals, tmp_path: Path, sealed_at: datetime | None, now: datetime) -> None:
    asked = [make_prediction(minute, key=str(minute)) for minute in (1, 2, 61)]
    trace = tmp_path / "trace.txt"
    written_in_part(tmp_path / "traced", asked, sealed_at)
    assert sealers.act(tmp_path / "traced", now.isoformat(), f"trace:{trace}").returncode == 0
    points = len(trace.read_text().splitlines())
    assert points >= 12
    for point in range(1, points + 1):
        root = tmp_path / f"killed-{point}"
        written_in_part(root, asked, sealed_at)
        assert sealers.act(root, now.isoformat(), f"kill:{point}").returncode == -9
        assert ids(root) == [each.id for each in asked], point
        seal(root, "flights", now)
        assert ids(root) == [each.id for each in asked], point
        assert not list(root.rglob("*.seg"))
        assert not list(root.rglob(".sealing-*"))
        assert now is SAME_DAY or not list(root.rglob("hour=*"))
        assert len(list(root.rglob("*.parquet"))) == len(list(root.rglob("*.sealed.json"))) <= 2


def test_without_its_manifest_a_sealed_file_does_not_count(tmp_path: Path) -> None:
    asked = make_prediction(1)
    write(tmp_path, [asked])
    (folder,) = hours(tmp_path, "flights")
    (folder / "part-0.parquet").write_bytes(b"half of a file")
    assert manifests(folder) == ()
    assert files_of(tmp_path, "flights").sealed == ()
    assert ids(tmp_path) == [asked.id]
