"""People who use a console hard until their input ends: python using.py URL, with their keys as the first line of input."""

import itertools
import json
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import httpx
from lists_at_once import LISTS, P

PAUSE = 0.1
"""Seconds between an answer and the next question: twenty such people keep a processor busy."""


def main(url: str) -> None:
    """Ask for every list in turn, each person from a thread of their own; says a line once all are at it."""
    keys, over = json.loads(sys.stdin.readline()), threading.Event()
    paths = [path for several in LISTS.values() for path in several]
    people = [threading.Thread(target=_use, args=(url, key, paths[at:] + paths[:at], over)) for at, key in enumerate(keys)]
    for person in people:
        person.start()
    print("using", flush=True)
    sys.stdin.read()
    over.set()
    for person in people:
        person.join()


def _use(url: str, key: str, paths: list[str], over: threading.Event) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        for path in itertools.cycle(paths):
            client.get(f"{P}/{path}").raise_for_status()
            time.sleep(PAUSE)
            if over.is_set():
                return


if __name__ == "__main__":
    main(sys.argv[1])
