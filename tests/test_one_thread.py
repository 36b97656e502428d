"""Processes that share the tests do not take each other's processor for threads that wait."""

import os

import numpy as np
from threadpoolctl import threadpool_info


def test_sums_of_matrices_are_done_by_one_thread() -> None:
    assert np.eye(2).sum() == 2
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert pools
    if os.environ["OPENBLAS_NUM_THREADS"] == "1":
        assert {pool["num_threads"] for pool in pools} == {1}
