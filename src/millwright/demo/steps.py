"""What the demo says of the console beside it: how to get in, and on which page each step can be followed."""

from collections.abc import Callable

from millwright.demo.beside import Beside
from millwright.project import Project

FIRST_WAIT = 10.0
"""Seconds that the demo waits for the console before it goes on; it may open later."""

Say = Callable[[str], None]


class Steps:
    """Says where each step is shown, once the console is open; nothing where there is none."""

    def __init__(self, beside: Beside | None, say: Say) -> None:
        self._beside, self._say = beside, say
        self._told = False

    def begin(self, project: Project) -> None:
        """Start the console on what there is."""
        if self._beside is not None:
            self._beside.start(project)
            self._tell(FIRST_WAIT)

    def point(self, place: str, what: str) -> None:
        """Say on which page a step is shown."""
        if self._beside is not None and self._tell():
            self._say(f"   In the console: {self._beside.page(place)} ({what})")

    def _tell(self, wait: float = 0.0) -> bool:
        """Whether it is open; how to get in is said once."""
        if self._beside is None or not self._beside.is_open(wait):
            return False
        if not self._told:
            self._told = True
            self._say("   The console is open: each step has its page there. This link lets you in once, within 15 minutes:")
            self._say(f"   {self._beside.link()}")
        return True
