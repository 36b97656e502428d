"""Something that is done again and again while a measurement runs."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def every(seconds: float, work: Callable[[], None]) -> Iterator[None]:
    """Do it at each so many seconds, from a thread, while the block runs.

    What it raises is raised at the end of the block: a figure that was taken without it is no figure.
    """
    over = threading.Event()

    def go() -> None:
        while not over.wait(seconds):
            work()

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(go)
        try:
            yield
        finally:
            over.set()
        going.result()
