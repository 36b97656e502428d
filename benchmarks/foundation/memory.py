"""The peak memory of each process: resident, mapped files included."""

from collections.abc import Iterator

from figure import Figure
from lab import Lab
from over_http import traffic_of
from processes import mw, spent

TRAINING_MB, MB_A_ROW = 400.0, 0.002
SERVER_MB, STATUS_MB = 150.0, 50.0
LIMIT = "a generous limit"


def figures(lab: Lab) -> Iterator[Figure]:
    """Megabytes; not measured (no value) where the system has no /proc."""
    for name, trained in (("demo", lab.trained), ("all", lab.trained_on_all)):
        bar = TRAINING_MB + MB_A_ROW * trained.rows
        against = f"400 MB and 2 kB a row; {trained.rows:,} rows"
        yield Figure(f"memory.{name}.train", trained.peaks.get("parent"), "MB", against, bar)
        yield Figure(f"memory.{name}.search", trained.peaks.get("search"), "MB", against, bar)
    yield Figure("memory.server", traffic_of(lab).peak_mb, "MB", LIMIT, SERVER_MB)
    status = spent(mw("-C", str(lab.trained.folder), "status"), lab.environment, lab.folder)
    yield Figure("memory.status", status.peak_mb, "MB", LIMIT, STATUS_MB)
