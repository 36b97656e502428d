"""A run's progress for people (a line that moves, or a line every ten seconds) and for programs (one object a line)."""

import json
import sys
import time
from types import TracebackType
from typing import Any, Self

from millwright.cli.output import colours, remark
from millwright.loop.progress import Progress
from millwright.records.codec import to_plain
from millwright.records.figures import fixed

QUIET_SECONDS = 10.0


class JsonLines:
    """Progress as NDJSON on stdout."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def __call__(self, progress: Progress) -> None:
        sys.stdout.write(json.dumps({"event": "progress", **to_plain(progress)}) + "\n")
        sys.stdout.flush()


class Screen:
    """Progress on stderr: finished stages stay, the current one moves where the terminal can."""

    def __init__(self, chosen: dict[str, Any]) -> None:
        self._moving = colours(chosen)
        self._last_line = 0.0
        self._status: Any = None

    def __enter__(self) -> Self:
        if self._moving:
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status is not None:
            self._status.__exit__(kind, error, trace)

    def __call__(self, progress: Progress) -> None:
        if progress.done:
            self._finished(progress)
        elif self._status is not None:
            self._status.update(_line(progress))
        elif time.monotonic() - self._last_line > QUIET_SECONDS:
            self._last_line = time.monotonic()
            remark(_line(progress))

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._last_line = time.monotonic()
        if self._status is not None:
            self._status.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            remark(line)

    def _finished(self, progress: Progress) -> None:
        mark = "=" if progress.reused else "+"
        self.say(f"{mark} {progress.index:>2}/{progress.total} {progress.stage:<9} {progress.message}")


def _line(progress: Progress) -> str:
    parts = [f"  {progress.index:>2}/{progress.total} {progress.stage:<9} {progress.message}"]
    if progress.trials_total:
        parts.append(f"trial {progress.trials}/{progress.trials_total}")
    if progress.best is not None:
        parts.append(f"best {fixed(progress.best)}")
    if progress.eta is not None:
        parts.append(f"about {progress.eta:.0f} s to go")
    elif progress.at_most is not None:
        parts.append(f"at most {progress.at_most:.0f} s to go")
    return ", ".join(parts)
