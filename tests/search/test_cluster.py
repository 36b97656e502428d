"""Trials on a real Ray cluster of two nodes' processes on this machine; `pip install ray`, or the dependency group `scaled`."""

import threading
import time

import pytest

pytest.importorskip("ray", reason="needs the extra ray")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"),
]


@pytest.fixture
def run(searched):
    def run(families, *, executor="local", address="", trials=16, deadline=300.0):
        asked = {"trials": trials, "ensemble": 3, "executor": executor, "ray_address": address}
        done = searched(families, deadline=deadline, bags=True, **asked)
        return done.candidate, done.trials

    return run


@pytest.fixture
def nodes(odd_families, tmp_path, monkeypatch):
    """Two nodes of one processor each, started as processes of this machine; the second may be lost."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    (tmp_path / "marks").mkdir()
    monkeypatch.setenv("MARKS", str(tmp_path / "marks"))
    from ray.cluster_utils import Cluster

    one = {"num_cpus": 1, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**one, "include_dashboard": False})
    second = cluster.add_node(**one)
    cluster.wait_for_nodes()
    yield cluster, second
    cluster.shutdown()


def test_two_nodes_find_what_one_process_finds(run, nodes):
    here, _trials = run(("linear", "lightgbm"))
    there, _trials = run(("linear", "lightgbm"), executor="ray", address=nodes[0].address)
    assert there.files == here.files
    assert there.out_of_fold == here.out_of_fold
    assert there.trial.config == here.trial.config
    assert not there.note or there.note == here.note


def pid_of(node):
    return node.all_processes["raylet"][0].process.pid


def lose_while_it_fits(node, marks):
    """Kill a node as a power cut does, once something is being fitted on it."""
    pid = pid_of(node)

    def lose():
        until = time.monotonic() + 60
        while not (marks / str(pid)).exists() and time.monotonic() < until:
            time.sleep(0.05)
        node.kill_raylet()

    thread = threading.Thread(target=lose)
    thread.start()
    return thread


def test_a_node_that_is_lost_while_it_fits_costs_a_fit_and_no_result(run, nodes, tmp_path):
    cluster, second = nodes
    lost = pid_of(second)
    here, _trials = run(("marks", "linear"))
    for mark in (tmp_path / "marks").iterdir():
        mark.unlink()
    losing = lose_while_it_fits(second, tmp_path / "marks")
    there, trials = run(("marks", "linear"), executor="ray", address=cluster.address)
    losing.join()
    assert (tmp_path / "marks" / str(lost)).exists(), "it was fitting"
    assert "was lost: " in there.note
    assert "was fitted again elsewhere" in there.note
    assert there.files == here.files
    assert all(trial.state != "failed" for trial in trials.values())


def test_a_fit_that_hangs_on_a_node_is_killed_there(run, nodes):
    begun = time.monotonic()
    candidate, trials = run(("linear", "hangs"), executor="ray", address=nodes[0].address, trials=None, deadline=40.0)
    assert time.monotonic() - begun < 40.0 * 1.03 + 10.0, "a cluster takes a moment to be joined and left"
    found = {trial.config.name: trial for trial in trials.values()}
    assert (found["linear"].state, found["hangs"].state) == ("finished", "out_of_time")
    assert "still at work" in found["hangs"].reason
    assert candidate.trial.config.name == "linear"
    assert not candidate.note.startswith("a worker"), "its process alone was killed, not the actor"
