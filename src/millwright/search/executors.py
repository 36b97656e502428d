"""Which executor a spec asks for."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from millwright.records.spec import SearchSpec
from millwright.search.cluster import connected, hands
from millwright.search.crew import Crew
from millwright.search.executor import Executor
from millwright.search.memory import held
from millwright.search.worker import Worker
from millwright.spec.durations import parse_size

_WORTH_THREADS = 20_000
"""Training rows. Below, threads wait for each other longer than they work: one thread fits faster."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many training processes there are here, the threads of each one, and the bytes that each may take."""

    here: int
    threads: int
    memory: int


@contextmanager
def opened(spec: SearchSpec, folder: Path, size: Size, clock: Callable[[], float] = time.monotonic) -> Iterator[Executor]:
    """The executor that does the jobs of the problem that lies in `folder`.

    Raises NotFound where Ray is wanted and not installed, Unavailable where its cluster does not answer.
    """
    if spec.executor == "ray":
        with ExitStack() as stack:
            ray = stack.enter_context(connected(spec.ray_address))
            there = hands(ray, folder, spec.memory, size.threads, spec.workers, clock)
            yield stack.enter_context(Crew(there, clock))
    elif spec.executor == "pool":
        names = [f"child-{number}" for number in range(size.here)]
        with Crew([Worker(folder, f"{spec.memory} with the others", clock, name) for name in names], clock) as crew:
            yield crew
    else:
        with Worker(folder, spec.memory, clock) as worker:
            yield worker


def size_of(spec: SearchSpec, threads: int, rows: int) -> Size:
    """What a search of so many rows may take, with so many threads on this machine and the memory of the spec.

    What this process holds is of that memory too; on a cluster each process may take all of it. Where fits are counted the
    threads of a fit are those that it has with one process: it is to be the same fit.
    """
    at_once = threads if rows >= _WORTH_THREADS else 1
    memory = parse_size(spec.memory)
    if spec.executor == "ray":
        return Size(0, at_once, memory)
    here = 1 if spec.executor == "local" else spec.workers or threads
    shared = at_once if spec.trials is not None else max(1, at_once // here)
    return Size(here, shared, max(memory - held(), 1) // here)
