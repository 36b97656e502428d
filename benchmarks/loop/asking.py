"""Clients that ask without a pause until their input ends: python asking.py URL ROWS FOUND

It says a line once each client has its first answer. ROWS: a JSON list of rows, one a request. FOUND: where to write what
became of each request, as a JSON list of [seconds since 1970 at its begin, milliseconds, the version that answered or null
where the request failed].
"""

import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from millwright.demo.client import Client

CLIENTS = 2

Request = tuple[float, float, str | None]


def main(url: str, rows: Sequence[dict[str, Any]], found: Path) -> None:
    """Ask from several threads, each with a connection kept open; write down what came of it."""
    over, begun = threading.Event(), threading.Barrier(CLIENTS + 1)
    asked: list[list[Request]] = [[] for _ in range(CLIENTS)]
    threads = [threading.Thread(target=_ask, args=(url, rows[at::CLIENTS], over, begun, asked[at])) for at in range(CLIENTS)]
    for thread in threads:
        thread.start()
    begun.wait()
    print("asking", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    found.write_text(json.dumps([request for one in asked for request in one]))


def _ask(
    url: str, rows: Sequence[dict[str, Any]], over: threading.Event, begun: threading.Barrier, asked: list[Request]
) -> None:
    with Client(url) as client:
        client.predict({"rows": [rows[0]]})
        begun.wait()
        while not over.is_set():
            began = time.time()
            answer = client.predict({"rows": [rows[len(asked) % len(rows)]]})
            asked.append((began, 1e3 * client.seconds[-1], answer["version"] if answer else None))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), Path(sys.argv[3]))
