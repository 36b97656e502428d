"""Turns: challengers answer unseen when the event loop has sent what clients wait for."""

import asyncio

from millwright.serve.shadow import Shadows

BREATH = 0.0005
"""Seconds for which challengers answer unseen before the event loop looks for requests again."""


class Turns:
    """Arranges for shadows to be worked on, a breath at a time."""

    def __init__(self, shadows: Shadows) -> None:
        self._shadows, self._arranged = shadows, False

    def arrange(self) -> None:
        """Work on what waits in the loop's next round: the answers of this round are on their way by then."""
        if self._shadows.waiting and not self._arranged:
            self._arranged = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._arranged = False
        if self._shadows.work(BREATH):
            self.arrange()
