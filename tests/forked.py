"""Processes that fit a model, or try out a package, forked from one that has loaded its libraries.

These tests start hundreds of them, and each time LightGBM, scikit-learn and what these load take a second and a half. One that
is forked does all that one does which is started: in a group of its own, with its environment and limits. How they are started
is tested in `tests/search` and `tests/package` (`own_start`), and by all commands that have a process of their own. Where a
person's code is fitted they start as ever: it counts on being the first to load a library. So do all with PYTHONPATH, which
may hide one or change it.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NoReturn

from millwright.package import probe
from millwright.search import worker

WHERE = "MILLWRIGHT_TESTS_FORKS"
LOADED = (
    "scipy.optimize",
    "sklearn.exceptions",
    "sklearn.linear_model",
    "millwright.models.lightgbm_native",
    "millwright.package.golden",
    "millwright.package.open",
    "millwright.package.verify",
)
STARTED = {worker: worker.begun, probe: probe.probed}


class Forked:
    """What is needed of a Popen."""

    def __init__(self, what: str, arguments: list[str], environment: dict[str, str], log: int) -> None:
        asked, asking = os.pipe()
        answering, answers = os.pipe()
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._line.connect(os.environ[WHERE])
        socket.send_fds(self._line, [b"."], [asked, answers, log])
        self._line.sendall(json.dumps([what, arguments, os.getcwd(), environment]).encode())
        self._line.shutdown(socket.SHUT_WR)
        os.close(asked)
        os.close(answers)
        self.stdin, self.stdout = os.fdopen(asking, "wb", 0), os.fdopen(answering, "rb", 0)
        self._said = self._line.makefile("rb", 0)
        self.pid, self._code = int(self._said.readline()), None

    def poll(self) -> int | None:
        """How it ended, where it has (-9: killed)."""
        return self.wait() if self._code is None and select.select([self._line], [], [], 0)[0] else self._code

    def wait(self, timeout: float | None = None) -> int:
        """The same, when it has."""
        if self._code is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0.0)
            self._code = int(self._said.readline())
            self._said.close()
            self._line.close()
        return self._code


def begun(folder: Path, log: IO[bytes]) -> Any:
    """A training process."""
    if os.environ.get("PYTHONPATH") or json.loads((folder / "setup.json").read_bytes())["own"]:
        return STARTED[worker](folder, log)
    return Forked("fit", [str(folder)], worker.surroundings(), log.fileno())


def probed(*arguments: str, timeout: float) -> "subprocess.CompletedProcess[bytes]":
    """A process that tries out a package, from its beginning to its end."""
    if os.environ.get("PYTHONPATH"):
        return STARTED[probe](*arguments, timeout=timeout)
    said, says = os.pipe()
    child = Forked("probe", [*arguments], dict(os.environ), says)
    os.close(says)
    child.stdin.close()
    with child.stdout as out, os.fdopen(said, "rb", 0) as err:
        heard, until = {out: b"", err: b""}, time.monotonic() + timeout
        talking = [out, err]
        while talking:
            ready = select.select(talking, [], [], max(0.0, until - time.monotonic()))[0]
            if not ready:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise subprocess.TimeoutExpired("a probe", timeout)
            for pipe in ready:
                heard[pipe] += (piece := pipe.read(1 << 16))
                if not piece:
                    talking.remove(pipe)
    return subprocess.CompletedProcess(arguments, child.wait(), heard[out], heard[err])


def take() -> None:
    """Have the children of this process, and of those that fork from it, forked where there is who forks them."""
    if WHERE in os.environ:
        worker.begun, probe.probed = begun, probed


@contextmanager
def forking(folder: Path) -> Iterator[None]:
    """Who forks them, as long as this process needs it; `folder` is for its socket."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(where := str(folder / "forks"))
    listener.listen(64)
    command = [sys.executable, "-P", __file__, str(listener.fileno())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listener.fileno()], env=worker.surroundings()) as process:
        listener.close()
        os.environ[WHERE] = where
        take()
        yield
        worker.begun, probe.probed = STARTED[worker], STARTED[probe]
        del os.environ[WHERE]
        assert process.stdin is not None
        process.stdin.close()


def _load() -> None:
    """What those that are forked would load one by one."""
    child.import_bare("lightgbm")
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()


def _serve(listener: socket.socket) -> None:
    """Fork whenever somebody asks, and tell how each ended, until standard input ends."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    lines: dict[int, socket.socket] = {}
    while 0 not in (ready := select.select([0, woken, listener], [], [])[0]):
        if woken in ready:
            os.read(woken, 4096)
            _tell(lines)
        if listener in ready:
            line = listener.accept()[0]
            lines[_fork(line)] = line


def _tell(lines: dict[int, socket.socket]) -> None:
    while lines:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with lines.pop(pid) as line, suppress(BrokenPipeError):  # who asked may be gone
            line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _fork(line: socket.socket) -> int:
    _, descriptors, _, _ = socket.recv_fds(line, 1, 3)
    asked = b""
    while piece := line.recv(1 << 16):
        asked += piece
    pid = os.fork()
    if pid == 0:
        try:
            _become(line, descriptors, *json.loads(asked))
        except SystemExit as end:
            os._exit(int(end.code or 0))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _become(
    line: socket.socket, descriptors: list[int], what: str, arguments: list[str], at: str, around: dict[str, str]
) -> NoReturn:
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
    line.sendall(b"%d\n" % os.getpid())
    os.closerange(3, 1024)
    os.chdir(at)
    os.environ.clear()
    os.environ.update(around)
    sys.path[:0] = around["PYTHONPATH"].split(os.pathsep) if "PYTHONPATH" in around else []
    sys.exit(probe.main(*arguments) if what == "probe" else child.main(*map(Path, arguments)))


if __name__ == "__main__":
    from millwright.search import child

    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))
