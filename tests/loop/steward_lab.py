"""A steward in a process of its own, on a clock that stands still, which ticks every second.

`python steward_lab.py PROJECT MOMENT` is that process; `steward_of` starts and ends it.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk import at

from millwright.loop.steward import Steward
from millwright.project import Project


@dataclass
class Running:
    """A steward's process and what it says."""

    process: "subprocess.Popen[str]"

    def line(self) -> str:
        """The next line that it says; fails where it has ended."""
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert line, f"the steward has ended: {self.process.poll()}"
        assert "Traceback" not in line
        return line


def command_of(project: Project, moment: datetime) -> list[str]:
    return [sys.executable, __file__, str(project.path), moment.isoformat()]


@contextmanager
def steward_of(project: Project, moment: datetime) -> Iterator[Running]:
    """A running steward; killed at the end where it has not ended."""
    process = subprocess.Popen(command_of(project, moment), stderr=subprocess.PIPE, text=True, env=None)
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    Steward(at(Project(sys.argv[1]), datetime.fromisoformat(sys.argv[2])), seconds=1.0).run()
