"""One look at a log in a process of its own, by stage: python looked_once.py FOLDER END. Prints JSON; see used.py."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "loop"))

from stopwatch import Stopwatch
from used import say_used

from millwright.app import read_settings
from millwright.loop import came_true, looking, seeing
from millwright.loop.stewardship import acting
from millwright.loop.windows import bounds_by_time
from millwright.project import Project
from millwright.stores.clock import FixedClock

ASKED = {"counted_window": "counted", "window_profile": "profiled", "parity_on": "parity"}
TOLD = {"counted_window": "counted", "quality_of": "judged", "beside_before": "judged"}


def main(folder: Path, end: datetime) -> None:
    """Look at the window that ended at `end`."""
    project = Project(folder, settings=read_settings(os.environ))
    shop = replace(project.workshop, clock=FixedClock(end + timedelta(minutes=10)))
    kept = len(list(shop.home.profiles.glob("*/*/*.json")))

    def work() -> Mapping[str, float]:
        watch = Stopwatch()
        watch.watch(seeing, ASKED)
        watch.watch(came_true, TOLD)
        with acting(shop) as hand:
            watched, found = looking.look(shop, hand, bounds_by_time(shop, end))
        return {**watch.seconds, "predictions": watched.window.predictions, "kept": kept, "found": len(found)}

    say_used(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
