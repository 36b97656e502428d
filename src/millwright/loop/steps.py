"""Durable steps: each is a pure function of digested inputs, done once, and its result kept as a blob under its digest."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from millwright.errors import NotFound, Unavailable
from millwright.loop.progress import Listener, at_stage
from millwright.loop.workshop import Workshop
from millwright.records.codec import digest_of, from_json, to_json
from millwright.records.running import Run, Step
from millwright.registry import steps as catalogue_steps

T = TypeVar("T")

REVISIONS = {"features": 4, "window": 2, "search": 4, "evaluate": 2}
"""Raised where the code of a stage changes what it computes, so that earlier results are not taken for it."""


REFIT = "refit"
"""The part of a run in which what passed is fitted once more."""


class Steps:
    """The steps of one run. part: of a part of it that takes steps of its own of the same names, what they are kept under."""

    def __init__(self, shop: Workshop, run: Run, listen: Listener, part: str = "") -> None:
        self._shop, self._run, self._listen, self._part = shop, run, listen, part
        self.begun = time.monotonic()
        """When this process began with them, in seconds."""

    def do(
        self,
        name: str,
        inputs: Mapping[str, Any],
        kind: type[T],
        work: Callable[[], T],
        say: Callable[[T], str],
        parts: Callable[[T], Iterable[str]] = lambda _result: (),
    ) -> T:
        """The result of step `name` on `inputs`: from the catalogue where it was done before, else `work()`, kept.

        The blob is durable before the row that names it; a crash between the two costs the work, never the truth. parts: the
        blobs that a result names; where one of them is gone or damaged the step is done again too.
        """
        digest, kept = inputs_digest(name, inputs), f"{self._part} {name}".strip()
        known = self._known(kept, digest, kind, parts)
        if known is not None:
            self._listen(at_stage(name, say(known), done=True, reused=True))
            return known
        self._listen(at_stage(name, "working"))
        result = self._work(kept, digest, work)
        self._listen(at_stage(name, say(result), done=True))
        return result

    def _known(self, name: str, digest: str, kind: type[T], parts: Callable[[T], Iterable[str]]) -> T | None:
        with self._shop.catalogue.read() as view:
            step = catalogue_steps.find(view, name, digest)
        if step is None:
            return None
        try:
            result = from_json(kind, self._shop.blobs.get(step.output))
            for part in parts(result):
                self._shop.blobs.get(part)
        except (NotFound, Unavailable):  # a blob is gone or damaged: do the step again rather than fail
            with self._shop.catalogue.write() as tx:
                catalogue_steps.mark_lost(tx, name, digest)
            return None
        if step.run != self._run.id:
            now = self._shop.clock.now()
            self._record(Step(run=self._run.id, name=name, inputs=digest, output=step.output, started_at=now, finished_at=now))
        return result

    def _work(self, name: str, digest: str, work: Callable[[], T]) -> T:
        started = self._shop.clock.now()
        result = work()
        output = self._shop.blobs.put(to_json(result))
        finished = self._shop.clock.now()
        self._record(Step(run=self._run.id, name=name, inputs=digest, output=output, started_at=started, finished_at=finished))
        return result

    def _record(self, step: Step) -> None:
        with self._shop.catalogue.write() as tx:
            catalogue_steps.record(tx, step)


def inputs_digest(name: str, inputs: Mapping[str, Any]) -> str:
    """The identity of a step: its name, the revision of its code, and everything it depends on."""
    return digest_of({"step": name, "revision": REVISIONS.get(name, 0), "inputs": dict(inputs)})
