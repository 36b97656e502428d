"""A client that tells labels in bulk, in a process of its own; it prints how many were accepted.

stdin: {"url", "ids", "labels", "seconds", "classes"}: so many labels in about so many seconds, each id's in turn.
"""

import http.client
import json
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

IN_BULK = 2_000


def flood(url: str, ids: Sequence[str], labels: int, seconds: float, classes: Sequence[str]) -> int:
    """How many were accepted."""
    at = urlsplit(url)
    server = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
    accepted, began = 0, time.monotonic()
    for start in range(0, labels, IN_BULK):
        many = range(start, min(start + IN_BULK, labels))
        told = [{"id": ids[n % len(ids)], "value": classes[n // len(ids) % len(classes)]} for n in many]
        body = json.dumps({"labels": told, "source": "flood"})
        server.request("POST", "/v1/labels", body, {"Content-Type": "application/json"})
        accepted += json.loads(server.getresponse().read())["accepted"]
        time.sleep(max(0.0, began + seconds * many.stop / labels - time.monotonic()))
    return accepted


if __name__ == "__main__":
    print(flood(**json.load(sys.stdin)))
