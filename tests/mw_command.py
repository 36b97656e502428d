"""`mw` as people call it, in this process: the same entry, words and exit codes, without the second that a start takes.

`test_a_process_of_its_own_says_the_same` holds the one against the other."""

import io
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

import millwright
from millwright.cli.main import main

PROGRAM = str(Path(millwright.__file__).with_name("__main__.py"))


@dataclass(frozen=True)
class Done:
    """What a command said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def mw(*arguments: object, cwd: Path | None = None, said: str = "", **environment: str) -> Done:
    """Run a command to its end, with a text on its stdin. Not for what stays, or is killed."""
    given, out, err = _stream("<stdin>", said.encode()), _stream("<stdout>"), _stream("<stderr>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [PROGRAM, *map(str, arguments)])
        patch.setattr(sys, "stdin", given)
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        for name, value in environment.items():
            patch.setenv(name, value)
        with (
            chdir(cwd or Path.cwd()),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            main()
    return Done(int(end.value.code or 0), _read(out), _read(err))


def _stream(name: str, holds: bytes = b"") -> io.TextIOWrapper:
    held = io.BytesIO(holds)
    held.name = name  # type: ignore[attr-defined]
    return io.TextIOWrapper(held, encoding="utf-8")


def _read(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def started(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """The same in a process of its own."""
    command = [sys.executable, "-m", "millwright", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
