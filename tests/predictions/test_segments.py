import json
import resource
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from millwright.errors import Unavailable
from millwright.predictions.frames import read_lines
from millwright.predictions.labels import LabelLog
from millwright.predictions.layout import check_writable, claim_start, hour_name, hour_start, hours, to_microseconds
from millwright.predictions.log import PredictionLog, lines_of
from millwright.predictions.segments import SegmentSet, is_finished
from millwright.records.codec import from_json
from millwright.records.traffic import Label, Prediction
from millwright.stores.clock import FixedClock

from .conftest import T0, make_label, make_prediction

FILL_UP = """
import resource, sys
from pathlib import Path
from millwright.errors import Unavailable
from millwright.predictions.segments import Segment
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
segment = Segment(Path(sys.argv[1]))
kept = 0
try:
    while True:
        segment.append(b"x" * 150)
        kept += 1
except Unavailable as full:
    print(kept, full.where)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
segment.append(b"there is space again")
segment.sync()
"""


def segments_under(root: Path) -> list[Path]:
    return sorted(root.rglob("*.seg"))


def test_a_log_line_is_the_record(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path, 3, 9)
    written = [make_prediction(minute, flags=("range:age",), client_id="c", key="é\u2028") for minute in range(3)]
    log.append("flights", to_microseconds(T0), written)
    read = [from_json(Prediction, line) for path in segments_under(tmp_path) for line in read_lines(path)]
    assert read == written
    log.close()
    assert log.sync_failures == 0


def test_hours_and_starts_have_their_own_files(tmp_path: Path) -> None:
    for start in (1, 2):
        log = PredictionLog(tmp_path, 0, start)
        for minute in (0, 1, 61):
            asked = make_prediction(minute)
            log.append("flights", to_microseconds(asked.event_at), [asked])
        log.close()
    assert [f"{path.parent.name}/{path.name}" for path in segments_under(tmp_path)] == [
        "hour=2013-06-01T12/w000-s000001-p0001.seg",
        "hour=2013-06-01T12/w000-s000002-p0001.seg",
        "hour=2013-06-01T13/w000-s000001-p0002.seg",
        "hour=2013-06-01T13/w000-s000002-p0002.seg",
    ]


def test_a_failed_write_leaves_whole_frames_and_goes_on_when_there_is_space(tmp_path: Path) -> None:
    path = tmp_path / "a.seg"
    said = subprocess.run([sys.executable, "-c", FILL_UP, str(path)], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["6", str(path)]
    assert list(read_lines(path)) == [b"x" * 150] * 6 + [b"there is space again"]


def test_every_start_has_another_number_and_one_file_remembers_it(tmp_path: Path) -> None:
    assert [claim_start(tmp_path / "starts") for _ in range(5)] == [1, 2, 3, 4, 5]
    assert [path.name for path in (tmp_path / "starts").iterdir()] == ["5"]


def test_a_label_is_on_the_disk_when_its_future_is_done(tmp_path: Path) -> None:
    log = LabelLog(tmp_path, 0, 1)
    told = [make_label(minute, key=str(minute), value=float(minute)) for minute in range(20)]
    waiting = [log.append([label]) for label in told]
    for future in waiting:
        assert future.result(10) is None
    read = [from_json(Label, line) for path in segments_under(tmp_path) for line in read_lines(path)]
    assert read == told
    log.close()


def test_a_label_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    log = LabelLog(tmp_path / "labels", 0, 1)
    (tmp_path / "labels").write_text("in the way")
    with pytest.raises(Unavailable, match="labels"):
        log.append([make_label(0, key="k")]).result(10)
    (tmp_path / "labels").unlink()
    assert log.append([make_label(0, key="k")]).result(10) is None
    log.close()


def test_a_segment_stays_open_within_its_hour_and_is_let_go_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millwright.predictions.segments.IDLE_SECONDS", -1.0)
    clock = FixedClock(T0)
    segments = SegmentSet(tmp_path, 0, 1, clock)
    line = lines_of([make_prediction(0)])
    for _ in range(3):
        segments.append("flights", hour_name(T0), line)
        assert segments.sync() == ()
    assert len(segments_under(tmp_path)) == 1
    clock.forward(timedelta(hours=1))
    segments.sync()
    segments.append("flights", hour_name(T0), line)
    assert len(segments_under(tmp_path)) == 2
    segments.close()


def test_no_more_files_are_open_than_the_limit(tmp_path: Path) -> None:
    segments = SegmentSet(tmp_path, 0, 1)
    for i in range(200):
        segments.append("flights", hour_name(T0 + timedelta(hours=i)), lines_of([make_prediction(60 * i)]))
        if i % 50 == 0:
            segments.sync()
    segments.close()
    assert sum(len(list(read_lines(path))) for path in segments_under(tmp_path)) == 200
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64


def test_hours_are_found_by_their_range(tmp_path: Path) -> None:
    for i in range(5):
        (tmp_path / "project=flights" / f"hour={hour_name(T0 + timedelta(hours=i))}").mkdir(parents=True)
    found = hours(tmp_path, "flights", T0 + timedelta(minutes=61), T0 + timedelta(hours=3))
    assert [hour_start(path.name[5:]) for path in found] == [T0 + timedelta(hours=i) for i in (1, 2, 3)]
    assert list(hours(tmp_path, "other")) == []


def test_a_place_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")
    with pytest.raises(Unavailable, match="log"):
        check_writable(tmp_path / "log")


def test_a_line_is_plain_json(tmp_path: Path) -> None:
    line = json.loads(lines_of([make_prediction(0)]))
    assert line["event_at"] == "2013-06-01T12:00:00Z"
    assert line["request"] == {"distance": 100.5, "dest": "ATL"}


def test_hours_that_are_over_are_let_go_whatever_the_clock_says(tmp_path: Path) -> None:
    segments = SegmentSet(tmp_path, 0, 1, FixedClock(T0))
    for hour in ("2013-06-01T22", "2013-06-01T23", "2013-06-02T00"):
        segments.append("flights", hour, b"{}\n")
    assert segments.finish("2013-06-02T00") == ()
    finished = {folder.name: is_finished(next(folder.iterdir())) for folder in hours(tmp_path, "flights")}
    assert finished == {"hour=2013-06-01T22": True, "hour=2013-06-01T23": True, "hour=2013-06-02T00": False}
    segments.append("flights", "2013-06-01T23", b"{}\n")  # a late row begins another segment
    assert len(list((tmp_path / "project=flights" / "hour=2013-06-01T23").iterdir())) == 2
    segments.close()
