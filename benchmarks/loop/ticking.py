"""One tick in a process of its own, by stage: python ticking.py FOLDER MOMENT. Prints JSON; see used.py."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from stopwatch import Stopwatch
from used import say_used

from millwright.app import read_settings
from millwright.loop import came_true, looking, seeing, tick
from millwright.project import Project
from millwright.stores.clock import FixedClock

SEE = {"counted_window": "join", "window_profile": "profile"}
TOLD = {"counted_window": "join", "quality_of": "quality", "beside_before": "quality"}
LOOK = {"find": "findings", "changed_columns": "findings", "small_changes": "findings"}
ROUND = {"seal_logs": "sealing", "situation_of": "situation", "decide": "situation"}


def main(folder: Path, moment: datetime) -> None:
    """Tick at `moment`. Ends with an error where not one window was looked at."""
    project = Project(folder, settings=read_settings(os.environ))
    shop = replace(project.workshop, clock=FixedClock(moment))

    def work() -> Mapping[str, float]:
        watch = Stopwatch()
        watch.watch(seeing, SEE)
        watch.watch(came_true, TOLD)
        watch.watch(looking, LOOK)
        watch.watch(tick, ROUND)
        outcome = tick.tick(shop)
        (seen,) = outcome.watched
        return {
            **watch.seconds,
            "predictions": seen.window.predictions,
            "labelled": seen.window.labelled,
            "judged": seen.quality.window.predictions if seen.quality else 0,
            "found": len(outcome.findings),
        }

    say_used(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
