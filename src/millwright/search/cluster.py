"""Training processes on the nodes of a Ray cluster: an actor on each keeps a folder and a training process like the one here.

Ray carries bytes: the laid-out problem goes into its object store once, jobs and answers are lines of JSON, models are files.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright import __version__
from millwright.errors import NotFound, Unavailable
from millwright.records.codec import from_json, to_json
from millwright.search.messages import Done, Job, Lost
from millwright.search.worker import Worker

Bytes = NDArray[np.uint8]

_SLACK = 2.0
"""Seconds beyond a job's limit, within which an actor must have said that it killed its process."""
_PARTING = 5.0


class Keeper:
    """The actor: keeps the problem on its node, and a training process that works there."""

    def __init__(self, files: Mapping[str, Bytes], memory: str) -> None:
        """files: those of the laid-out problem. memory: the limit in words."""
        self._folder = Path(tempfile.mkdtemp(prefix="millwright-search-"))
        for name, content in files.items():
            content.tofile(self._folder / name)
        self._worker = Worker(self._folder, memory)

    def about(self) -> tuple[str, str]:
        """Where it is, and its version of Millwright."""
        import ray

        return str(ray.util.get_node_ip_address()), __version__

    def start(self, limit: float) -> bytes:
        """As `Worker.start`: a Lost as JSON, or nothing."""
        lost = self._worker.start(limit)
        return to_json(lost) if lost else b""

    def ask(self, job: bytes, limit: float) -> tuple[bytes, bytes, dict[str, bytes]]:
        """As `Worker.ask`: a Done or a Lost, the other one empty, and the files that the job left."""
        answer = self._worker.ask(from_json(Job, job), limit)
        if isinstance(answer, Lost):
            return b"", to_json(answer), {}
        paths = [self._folder / name for name in (*(path for _, path in answer.files), answer.raw) if name]
        files = {path.name: path.read_bytes() for path in paths}
        for path in paths:
            path.unlink()
        return to_json(answer), b"", files

    def interrupt(self) -> None:
        """As `Worker.interrupt`, while `ask` waits in another thread."""
        self._worker.interrupt()

    def close(self) -> None:
        """Leave nothing on the node."""
        self._worker.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class RayHand:
    """One worker of a search on the cluster: an actor, and another one after it was lost."""

    def __init__(self, problem: Any, folder: Path, memory: str, processors: int, clock: Callable[[], float]) -> None:
        """problem: a reference to the files in the object store. folder: of the search, here. processors: for each actor."""
        self._problem, self._folder, self._memory, self._processors = problem, folder, memory, processors
        self._clock = clock
        self._actor: Any = None
        self._is_there = False
        self._place = "the cluster"

    def start(self, limit: float) -> Lost | None:
        """Have an actor whose process is ready."""
        import ray

        until = self._clock() + limit
        if self._actor is None:
            asked = ray.remote(Keeper).options(num_cpus=self._processors, max_concurrency=2)
            self._actor = asked.remote(self._problem, self._memory)
            about = self._get(self._actor.about.remote(), limit)
            if isinstance(about, Lost):
                return replace(about, gone=False)
            self._place, version = about
            _check_version(self._place, version)
            self._is_there = True
        left = max(until - self._clock(), 0.0)
        said = self._get(self._actor.start.remote(left), left + _SLACK)
        return said if isinstance(said, Lost) else from_json(Lost, said) if said else None

    def ask(self, job: Job, limit: float) -> Done | Lost:
        """Have a job done, and what it left brought here."""
        begun = self._clock()
        said = self._get(self._actor.ask.remote(to_json(job), limit), limit + _SLACK)
        if isinstance(said, Lost):
            return replace(said, seconds=self._clock() - begun)
        done, lost, files = said
        for name, content in files.items():
            (self._folder / name).write_bytes(content)
        return from_json(Done, done) if done else from_json(Lost, lost)

    def interrupt(self) -> None:
        """End the training process; an actor that found no place yet is waited for no longer."""
        import ray

        actor = self._actor
        if actor is not None and self._is_there:
            actor.interrupt.remote()
        elif actor is not None:
            ray.kill(actor)

    def close(self) -> None:
        """Have the node cleared, then end the actor."""
        import ray

        actor, self._actor = self._actor, None
        if actor is None:
            return
        with suppress(ray.exceptions.RayError):  # it is gone already, or it hangs: then there is no one to clear up
            ray.get(actor.close.remote(), timeout=_PARTING)
        ray.kill(actor)

    def _get(self, answer: Any, limit: float) -> Any:
        """What an actor answers within `limit` seconds, else a Lost."""
        import ray

        try:
            return ray.get(answer, timeout=limit)
        except ray.exceptions.GetTimeoutError:
            self._forget()
            return Lost(overran=True, reason=f"killed: no answer from {self._place} after {limit:.1f} s")
        except ray.exceptions.RayTaskError as error:
            self._forget()
            return Lost(overran=False, reason=f"{self._place}: {_first_line(error.cause)}")
        except ray.exceptions.RayError:
            self._forget()
            return Lost(overran=False, reason=f"a worker on {self._place} was lost", gone=True)

    def _forget(self) -> None:
        import ray

        actor, self._actor, self._is_there = self._actor, None, False
        if actor is not None:
            ray.kill(actor)


def _check_version(place: str, version: str) -> None:
    if version != __version__:
        raise Unavailable(
            f"{place} has Millwright {version}, and here it is {__version__}",
            where="search.executor",
            fix="install the same version on all nodes of the cluster",
            code="executor.version",
        )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster for as long as this lasts; a connection that is there already is used and left alone.

    Raises NotFound where Ray is not installed, Unavailable where the cluster does not answer.
    """
    if find_spec("ray") is None:
        raise NotFound(
            "Ray, on which trials are to run, is not installed",
            where="search.executor",
            fix='pip install "millwright[ray]", or take executor: pool',
            code="executor.missing",
        )
    import ray

    if ray.is_initialized():
        yield ray
        return
    try:
        ray.init(address=address or None, log_to_driver=False, logging_level="error", configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise Unavailable(
            f"the Ray cluster cannot be reached: {_first_line(error)}",
            where="search.ray_address",
            fix="start it with `ray start --head`, or leave the address empty",
            code="executor.unreachable",
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def hands(
    ray: Any, folder: Path, memory: str, processors: int, workers: int | None, clock: Callable[[], float] = time.monotonic
) -> list[RayHand]:
    """Workers on the cluster for the problem that lies in `folder`; as many as there are processors for where nobody says."""
    problem = ray.put({path.name: np.fromfile(path, dtype=np.uint8) for path in folder.iterdir() if path.is_file()})
    there = int(ray.cluster_resources().get("CPU", 1)) // processors
    return [RayHand(problem, folder, memory, processors, clock) for _ in range(workers or max(there, 1))]
