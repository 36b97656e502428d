"""One tool in a process of its own, under its own Python: python one_tool.py fit|score JOB.json

It imports, says "ready", waits for "go" on its standard input, works, and says what it did: the clock outside runs from go to
done. Whatever a library prints goes to standard error.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

MOST_CALLS, FEWEST_CALLS, WARM_UP = 500, 20, 5
SECONDS_OF_CALLS = 3.0


def main(phase: str, path: Path) -> None:
    """Do one job."""
    answers = _take_over_stdout()
    job: dict[str, Any] = json.loads(path.read_text())
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, job["cores"])
    sys.path[:0] = [str(Path(__file__).parent / "adapters")]
    adapter = importlib.import_module(job["adapter"])
    adapter.prepare(job)
    _say(answers, {"ready": True})
    sys.stdin.readline()
    _say(answers, adapter.fit(job) if phase == "fit" else _score(adapter, job))


def _take_over_stdout() -> BinaryIO:
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def _say(answers: BinaryIO, what: Mapping[str, Any]) -> None:
    answers.write(json.dumps(what).encode() + b"\n")


def _score(adapter: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    """Load, answer the test rows together, then some of them one by one."""
    import numpy as np

    began = time.perf_counter()
    model = adapter.load(job)
    loaded = time.perf_counter()
    predicted = np.asarray(model.many(job["test"]), dtype=np.float64)
    asked = time.perf_counter()
    np.save(job["predictions"], predicted, allow_pickle=False)
    rows = model.rows(job["test"], MOST_CALLS)
    taken, gap = _one_by_one(model.one, rows, predicted)
    return {
        "load_s": loaded - began,
        "predict_s": asked - loaded,
        "p50_ms": float(np.quantile(taken, 0.5)),
        "p99_ms": float(np.quantile(taken, 0.99)),
        "calls": len(taken),
        "row_gap": gap,
    }


def _one_by_one(one: Callable[[dict[str, Any]], Any], rows: list[dict[str, Any]], together: Any) -> tuple[list[float], float]:
    """Milliseconds of each call, a few first ones left out; and how far the answers are from those given together."""
    import numpy as np

    for row in rows[:WARM_UP]:
        one(row)
    taken: list[float] = []
    gap, until = 0.0, time.perf_counter() + SECONDS_OF_CALLS
    for number, row in enumerate(rows):
        began = time.perf_counter()
        answer = one(row)
        now = time.perf_counter()
        taken.append(1e3 * (now - began))
        gap = max(gap, float(np.abs(np.asarray(answer, dtype=np.float64).ravel() - np.ravel(together[number])).max()))
        if now > until and len(taken) >= FEWEST_CALLS:
            break
    return taken, gap


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
