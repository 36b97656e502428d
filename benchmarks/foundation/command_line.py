"""How long commands keep a processor busy before they say something."""

import sys
from collections.abc import Callable, Iterator

from figure import Figure, compared
from intervals import difference_interval, take_turns
from lab import Lab
from processes import mw, spent

PAIRS = 15
BARE = [sys.executable, "-c", "pass"]
BARS = {"--help": 150.0, "--version": 150.0, "status": 250.0}


def figures(lab: Lab) -> Iterator[Figure]:
    """Milliseconds of processor time, user and system, over those of an interpreter that does nothing."""
    folder = str(lab.trained.folder)
    lab.say("commands, each in turns with a bare interpreter")
    for word, bar in BARS.items():
        pairs = take_turns(_cpu_ms(lab, mw("-C", folder, word)), _cpu_ms(lab, BARE), PAIRS)
        yield compared(f"cpu.mw_{word.strip('-')}", difference_interval(pairs), "ms", "over a bare interpreter", bar)


def _cpu_ms(lab: Lab, command: list[str]) -> Callable[[], float]:
    spent(command, lab.environment, lab.folder)  # the first one reads from disk and writes byte code
    return lambda: 1e3 * spent(command, lab.environment, lab.folder).cpu
