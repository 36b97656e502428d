"""What each process of the tests takes of the machine: its share, where several have the tests among them.

To be imported before numpy is. Sums of matrices are done by one thread, as `mw` has it: ours are small, and threads wait for
each other longer than they work. They spin while they wait: with another process at work a simulation takes ten times as long.
Those of boosting sleep. A search has as many training processes as there are processors for this one.
"""

import os


def take() -> None:
    """Say so to the libraries, and to the processes that are started here, where nobody said otherwise."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
        os.environ.setdefault("MILLWRIGHT_THREADS", str(share()))


def share() -> int:
    """The processors for each of the processes that have the tests among them; one at least."""
    from millwright.stores.processors import processors

    return max(1, processors() // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


take()
