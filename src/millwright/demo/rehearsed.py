"""The year that was played, kept in the form of a rehearsal, so that the console shows it among them."""

from datetime import timedelta
from pathlib import Path

from millwright.demo.flights import BROKEN, BROKEN_FEED
from millwright.demo.summary import Stages
from millwright.loop.rehearsal.fault import parse_fault
from millwright.loop.rehearsal.meeting import met
from millwright.loop.rehearsal.place import MARK
from millwright.loop.rehearsal.reporting import write_rehearsal
from millwright.records.rehearsing import FaultMet, Rehearsal
from millwright.records.replaying import Story
from millwright.records.spec import Spec
from millwright.stores.durable import make_folder, write_atomic

REHEARSAL = "april-to-december"
"""Its folder, beside the spec, and its name in the console."""

_REMARKS = (
    "Played by `mw demo` over HTTP, to the project itself: its catalogue and its log are those of this play.",
    "No best moments to retrain were looked for afterwards, so it is not known how much could have been won.",
)


def keep_as_rehearsal(folder: Path, spec: Spec, story: Story, rows: int, stages: Stages, label_delay: timedelta) -> Rehearsal:
    """Write the play, and how the broken feed was met, into `folder`: a record and a page. rows: those of the history."""
    write_atomic(make_folder(folder) / MARK, b"made by `mw demo`, which makes it anew each time\n")
    kept = Rehearsal(
        story=story,
        history=rows,
        faults=(_broken_feed(spec, story, label_delay),),
        share=None,
        seconds={"train": stages.train, "play": stages.play, "compare": stages.compare},
        kept=0,
        remarks=_REMARKS,
        changed=(),
        folder=str(folder.absolute()),
        report=str(folder.absolute() / "report.html"),
    )
    return write_rehearsal(kept)


def _broken_feed(spec: Spec, story: Story, label_delay: timedelta) -> FaultMet:
    first, last = BROKEN[0], BROKEN[1] - timedelta(days=1)
    fault = parse_fault(f"missing:{BROKEN_FEED}*@{first:%Y-%m-%d}..{last:%Y-%m-%d}")
    return met(fault, spec, story.findings, story.decisions, BROKEN[0] + label_delay)
