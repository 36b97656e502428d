"""Processes that kill themselves at a fail point, one after the other.

Each is forked from one that has loaded its libraries, so that a crash costs its work and not a start. Nothing may be begun
before the fork but imports: threads and locks of a library do not outlive it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_BEFORE = "import sys; sys.path.insert(0, sys.argv[1])\n"
_AFTER = """
import json, os, sys, traceback

for line in sys.stdin:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        try:
            act(*json.loads(line))
            sys.stdout.flush()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = told.read()
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said]), flush=True)
"""


@dataclass(frozen=True)
class Ended:
    """How a process ended (-9: killed) and what it had printed by then."""

    returncode: int
    stdout: str


class Mortals:
    """Processes that each do `act(*arguments)` of some code."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def act(self, *arguments: object) -> Ended:
        """One process from its beginning to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([*map(str, arguments)]), file=self._process.stdin, flush=True)
        return Ended(*json.loads(self._process.stdout.readline()))


@contextmanager
def mortals(code: str, beside: Path) -> Iterator[Mortals]:
    """Processes of `code`, which imports what it needs, also from the folder `beside`, and defines `act(...)`."""
    command = [sys.executable, "-c", _BEFORE + code + _AFTER, str(beside)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Mortals(process)
        assert process.stdin is not None
        process.stdin.close()
