"""What a run tells while it works."""

from collections.abc import Callable

from millwright.records.record import record

_BESIDE = {
    "logged": "snapshot",
    "recalibrate": "search",
    "window": "split",
    "import": "search",
    "evaluator": "evaluate",
    "golden": "evaluate",
    "refit": "evaluate",
    "fit": "evaluate",
}
"""Steps that have no stage of their own, and the stage they belong to."""

STAGES = ("snapshot", "contract", "profile", "checks", "split", "features", "search", "evaluate", "package", "release")


@record
class Progress:
    """One line of progress. Seconds are of wall clock: `eta` is what the stage still needs, where that can be said, and
    `at_most` what it may still take."""

    stage: str
    index: int
    total: int
    message: str
    done: bool = False
    reused: bool = False
    trials: int = 0
    trials_total: int = 0
    best: float | None = None
    eta: float | None = None
    at_most: float | None = None


Listener = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """A listener for those who do not want to know."""


def at_stage(name: str, message: str, **more: object) -> Progress:
    """Progress of the stage `name`."""
    index = STAGES.index(_BESIDE.get(name, name)) + 1
    return Progress(stage=name, index=index, total=len(STAGES), message=message, **more)  # type: ignore[arg-type]


def many(count: int, noun: str) -> str:
    """A count with its noun: 1 row, 2 rows."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
