"""What the first who looks would wait for is done before, from a thread of its own: libraries are loaded, days counted."""

import threading
from contextlib import suppress

from millwright.api.keeping import Keeping
from millwright.api.routes.log import warm_up
from millwright.errors import MillwrightError


class WarmingUp:
    """Looks at the log of every project once."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self._thread = threading.Thread(target=self._run, name="warming up", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for its end: a library must not be left in the middle of its work."""
        self._thread.join()

    def _run(self) -> None:
        for name in self._keeping.names():
            with suppress(MillwrightError):  # whoever looks themselves is told
                warm_up(self._keeping.place(name).project("console"))
