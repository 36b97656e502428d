"""What a rehearsal leaves: `rehearsal.json` for programs and a page for people."""

from pathlib import Path

from millwright.evaluate.report.rehearsed import render_rehearsal
from millwright.records.codec import to_json
from millwright.records.rehearsing import Rehearsal
from millwright.stores.durable import write_atomic


def write_rehearsal(rehearsal: Rehearsal) -> Rehearsal:
    """Write both into the rehearsal's folder."""
    write_atomic(Path(rehearsal.folder) / "rehearsal.json", to_json(rehearsal), mode=0o644)
    write_atomic(Path(rehearsal.report), render_rehearsal(rehearsal).encode(), mode=0o644)
    return rehearsal
