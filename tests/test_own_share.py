"""Processes that have the tests among them do not take each other's processor."""

import os

import numpy as np
from threadpoolctl import threadpool_info

from millwright.app import Settings
from millwright.stores.processors import processors
from own_share import share


def test_sums_of_matrices_are_done_by_one_thread() -> None:
    assert np.eye(2).sum() == 2
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert pools
    if os.environ["OPENBLAS_NUM_THREADS"] == "1":
        assert {pool["num_threads"] for pool in pools} == {1}


def test_a_search_has_the_share_of_its_process(settings: Settings) -> None:
    """Where several have the tests among them each has been told its share, unless somebody said otherwise."""
    assert settings.threads == int(os.environ.get("MILLWRIGHT_THREADS", processors()))
    assert "PYTEST_XDIST_WORKER_COUNT" not in os.environ or "MILLWRIGHT_THREADS" in os.environ
    assert 1 <= share() <= processors()
