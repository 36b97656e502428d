"""The port through which a search has its jobs done: by one training process, by several, or by a cluster.

Whatever does them, the race decides one step after the other, and takes in each answer when it asks for it. Who has several
processes gives the idle ones what will likely be asked next. So the course of a search, and what it finds, do not depend on how
many there are: at worst a fit was done for nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from millwright.search.budget import Limits
from millwright.search.messages import Done, Job, Lost

JobKey = tuple[int, str, str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A job that will likely be asked. limits: what it may take if it begins now; None where it is not worth starting."""

    job: Job
    limits: Callable[[], Limits | None]

    @property
    def key(self) -> JobKey:
        """What tells it from the others of one search."""
        return key_of(self.job)


def key_of(job: Job) -> JobKey:
    """What tells a job from the others of one search: a configuration that waits may yet be given other features."""
    return job.number, job.config.name, job.config.features, job.fold, job.iterations


class Executor(Protocol):
    """Does jobs one after the other, as they are asked for. KeyboardInterrupt comes out of it."""

    @property
    def width(self) -> int:
        """How many jobs can be done at once."""

    @property
    def notes(self) -> Sequence[str]:
        """What happened that whoever reads the result should know, as sentences without a full stop."""

    def start(self, limit: float) -> Lost | None:
        """Be ready for a job within `limit` seconds; what became of it where that failed."""

    def ahead(self, job: Job, limits: Limits, then: Sequence[Ahead]) -> None:
        """Say what is asked next, with its limits, and what likely after it, the likeliest first."""

    def ask(self, job: Job, limit: float) -> Done | Lost:
        """Have a job done within `limit` seconds, or say why not. What it left lies in the folder of the search."""

    def abandon(self) -> None:
        """End whatever is under way; the next job starts anew."""


class Hand(Protocol):
    """One of several that do the jobs of an executor, each in a thread of its own."""

    def start(self, limit: float) -> Lost | None:
        """As of an executor."""

    def ask(self, job: Job, limit: float) -> Done | Lost:
        """As of an executor; `start` comes first."""

    def interrupt(self) -> None:
        """End what it is at, from another thread: `ask` gives a Lost then."""

    def close(self) -> None:
        """End for good."""
