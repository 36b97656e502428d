"""Half of what one worker can do, for long, with labels and changes of what is live: what grows."""

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from asking import Client
from beside import every
from figure import Figure
from load import Requests
from mixed_model import REASON
from one_row import one_row_bodies
from servers import Serving, ours, resident_mb

if TYPE_CHECKING:
    from site_of_run import Site

CONNECTIONS = 8
WARM_MINUTES = 6.0
"""Until then the bounded memories (of ids, of labels told) fill at this rate."""
MEMORY_BAR, MORE_BAR = 1.05, 2.0
SWAP_SECONDS, LOOK_SECONDS = 10.0, 5.0


def figures(site: "Site") -> Iterator[Figure]:
    """Memory, open files and threads of the worker, from when its bounded memories are full."""
    minutes = site.asked.soak
    site.say(f"a soak of {minutes:g} minutes")
    bodies = one_row_bodies(site)
    requests = Requests(site.folder, "soak", bodies, "/v1/predict")
    with ours(site) as serving:
        requests.load(serving.port, CONNECTIONS, 2, site.core)
        capacity = requests.load(serving.port, CONNECTIONS, 5, site.core).check().per_second
        with _half(serving, bodies, capacity / 2) as asked, _swapping(site), _watching(serving) as seen:
            time.sleep(60 * (WARM_MINUTES + minutes))
    by_minute = [f"{look[1]:.0f}" for look in seen[:: round(60 / LOOK_SECONDS)]]
    site.say(f"resident MB by minute: {', '.join(by_minute)}")
    warm = [look for look in seen if look[0] > 60 * WARM_MINUTES]
    first, last = warm[: max(1, len(warm) // 10)], warm[-max(1, len(warm) // 10) :]
    memory = _mean(last, 1) / _mean(first, 1)
    told = f"{_mean(first, 1):.0f} to {_mean(last, 1):.0f} MB; {asked[0]:,} rows, {asked[1]:,} labels in {minutes:g} minutes"
    yield Figure("soak.memory", memory, "ratio", told, MEMORY_BAR)
    yield Figure("soak.files", _mean(last, 2) - _mean(first, 2), "", "more open files than in the beginning", MORE_BAR)
    yield Figure("soak.threads", _mean(last, 3) - _mean(first, 3), "", "more threads than in the beginning", 0.5)
    yield Figure("soak.failed", asked[2], "", "requests that failed", 0.0)


def _mean(looks: Sequence[tuple[float, float, int, int]], at: int) -> float:
    return sum(look[at] for look in looks) / len(looks)


@contextmanager
def _half(serving: Serving, bodies: Sequence[bytes], per_second: float) -> Iterator[list[int]]:
    """Two clients that ask so many times a second together and label one row in ten; rows, labels and failures."""
    counted, over, lock = [0, 0, 0], threading.Event(), threading.Lock()

    def ask(mine: Sequence[bytes]) -> None:
        client, labels = Client(serving.port), Client(serving.port, "/v1/labels")
        each, at, due = 2.0 / per_second, 0, time.monotonic()
        while not over.is_set():
            status, answer = client.ask(mine[at % len(mine)])
            labelled = 0
            if status == 200 and at % 10 == 0:
                given = json.loads(answer)["predictions"][0]["id"]
                labelled, _ = labels.ask(json.dumps({"labels": [{"id": given, "value": at % 20 == 0}]}).encode())
            with lock:
                counted[0] += 1
                counted[1] += labelled == 200
                counted[2] += status != 200 or labelled not in (0, 200)
            at, due = at + 1, due + each
            time.sleep(max(0.0, due - time.monotonic()))

    threads = [threading.Thread(target=ask, args=(bodies[start::2],)) for start in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield counted
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def _swapping(site: "Site") -> Iterator[None]:
    """Another version goes live every ten seconds."""

    def swap() -> None:
        other = "v3" if site.project.releases(1)[0].version == 2 else "v2"
        site.project.promote(other, reason=REASON, force=True)

    with every(SWAP_SECONDS, swap):
        yield


@contextmanager
def _watching(serving: Serving) -> Iterator[list[tuple[float, float, int, int]]]:
    """Every few seconds: when, resident MB, open files, threads."""
    seen: list[tuple[float, float, int, int]] = []
    began = time.monotonic()

    def look() -> None:
        of = Path(f"/proc/{serving.pid}")
        counts = len(os.listdir(of / "fd")), len(os.listdir(of / "task"))
        seen.append((time.monotonic() - began, resident_mb(serving.pid), *counts))

    with every(LOOK_SECONDS, look):
        yield seen
