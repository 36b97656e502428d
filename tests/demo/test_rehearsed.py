"""The year that the demo played, kept among the rehearsals of its project."""

from datetime import timedelta
from pathlib import Path

from believable_stories import story

from millwright.demo.flights import BROKEN
from millwright.demo.rehearsed import REHEARSAL, keep_as_rehearsal
from millwright.demo.summary import Stages
from millwright.loop.rehearsal.place import MARK, check_folder
from millwright.records.codec import from_json
from millwright.records.deciding import Decision, Finding
from millwright.records.rehearsing import Rehearsal
from millwright.records.spec import DataSpec, Spec

SPEC = Spec(project="flights", data=DataSpec(source="flights.parquet", target="late", task="binary"))
DELAY = timedelta(days=30)


def kept_in(folder: Path, *findings: Finding, held: bool = False) -> Rehearsal:
    decisions = (
        Decision(
            project="flights", number=9, event_at=BROKEN[1], known_at=BROKEN[1], action="hold", version=1,
            rule="hold on data faults",
            reason="data is broken", evidence={"findings": ["f"]}, actor="policy",
        ),
    )  # fmt: skip
    told = story(findings=findings, decisions=decisions if held else ())
    return keep_as_rehearsal(folder / REHEARSAL, SPEC, told, 10_139, Stages.between(0.0, 1.0, 2.0, 3.0), DELAY)


def broken() -> Finding:
    return Finding(
        id="f", project="flights", kind="data_fault", columns=("wx_temp",), effect=1.0, sentence="wx_temp is empty",
        since=BROKEN[0], event_at=BROKEN[1], known_at=BROKEN[1], start=BROKEN[0],
    )  # fmt: skip


def test_it_is_a_rehearsal_that_can_be_read_again(tmp_path: Path) -> None:
    kept = kept_in(tmp_path, broken(), held=True)
    folder = tmp_path / REHEARSAL
    assert from_json(Rehearsal, (folder / "rehearsal.json").read_bytes()) == kept
    assert (folder / MARK).is_file()
    check_folder(folder)  # it may be rehearsed in: nobody's files are in it
    assert "missing:wx_*@2013-08-01..2013-08-14" in (folder / "report.html").read_text()


def test_how_the_broken_feed_was_met_is_in_it(tmp_path: Path) -> None:
    (met,) = kept_in(tmp_path, broken(), held=True).faults
    assert (met.start, met.end, met.found_at, met.held) == (*BROKEN, BROKEN[1], True)
    (unmet,) = kept_in(tmp_path).faults
    assert (unmet.found_at, unmet.held) == (None, False)
