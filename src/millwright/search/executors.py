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
from millwright.search.sampling import of_one_process
from millwright.search.worker import Worker
from millwright.spec.durations import parse_size

_WORTH_THREADS = 20_000
"""Training rows. Below, threads wait for each other longer than they work: one thread fits faster. From here on the first fit
is worth the start of all processes."""
_MOST_HERE = 8
"""Training processes where nobody says how many: what a race will ask next is not known further ahead."""
_WORTH_ANOTHER = 0.1
"""Seconds of a fit from which on another process is worth its start."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many training processes there are here, the threads of each one, and the bytes that each may take.

    alone: the threads of a fit beside which no other is done. joins_after: seconds of a fit from which on all work; before, the
    first does.
    """

    here: int
    threads: int
    memory: int
    alone: int
    joins_after: float = 0.0


@contextmanager
def opened(
    spec: SearchSpec, folder: Path, size: Size, clock: Callable[[], float] = time.monotonic, *, own_code: bool = False
) -> Iterator[Executor]:
    """The executor that does the jobs of the problem that lies in `folder`. own_code: whether a person's own may run in it.

    Raises NotFound where Ray is wanted and not installed, Unavailable where its cluster does not answer.
    """
    if spec.executor == "ray":
        with ExitStack() as stack:
            ray = stack.enter_context(connected(spec.ray_address))
            there = hands(ray, folder, spec.memory, size.threads, spec.workers, clock)
            yield stack.enter_context(Crew(there, clock))
    elif spec.executor == "pool":
        names = [f"child-{number}" for number in range(size.here)]
        said = spec.memory if size.here == 1 else f"{spec.memory} with the others"
        workers = [Worker(folder, said, clock, name, own_code=own_code) for name in names]
        with Crew(workers, clock, joins_after=size.joins_after) as crew:
            yield crew
    else:
        with Worker(folder, spec.memory, clock, own_code=own_code) as worker:
            yield worker


def size_of(spec: SearchSpec, threads: int, rows: int, features: int) -> Size:
    """What a search of a table of so many training rows may take, with so many threads on this machine and the memory of the
    spec: as many processes as there are threads, if there is memory for as many, rather than threads that wait for each other.

    What this process holds is of that memory too; on a cluster each process may take all of it. Where fits are counted the
    threads of a fit are those that it has with one process: it is to be the same fit.
    """
    at_once = threads_alone(threads, rows)
    memory = parse_size(spec.memory)
    if spec.executor == "ray":
        return Size(0, at_once, memory, at_once)
    left = max(memory - held(), 1)
    here = 1 if spec.executor == "local" else spec.workers or _room_for(left, threads, rows, features)
    shared = at_once if spec.trials is not None else max(1, at_once // here)
    return Size(here, shared, left // here, at_once, 0.0 if rows >= _WORTH_THREADS else _WORTH_ANOTHER)


def threads_alone(threads: int, rows: int) -> int:
    """Threads of a fit on so many rows, where there are so many for all fits and no other is under way."""
    return threads if rows >= _WORTH_THREADS else 1


def _room_for(memory: int, threads: int, rows: int, features: int) -> int:
    """Training processes that have room beside each other."""
    return max(1, min(threads, _MOST_HERE, int(memory / of_one_process(rows, features))))
