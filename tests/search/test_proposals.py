"""Further settings: near what did well, within the ranges, and the same each time."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.records.modelling import TrialConfig
from millwright.search.portfolio import portfolio
from millwright.search.proposals import SPACES, propose

FAMILIES = ("baseline", "linear", "lightgbm", "net", "xgboost", "catboost")


def tried(families=FAMILIES, rows=800, score=lambda place: 0.5 + 0.001 * place):
    return [(config, score(place)) for place, config in enumerate(portfolio(families, "binary", rows, 20))]


@pytest.mark.parametrize("goal", ["min", "max"])
def test_the_same_calls_give_the_same_settings(goal):
    one, other = (propose(tried(), goal=goal, features=20, rows=800, seed=3) for _ in range(2))
    assert one == other
    assert one != propose(tried(), goal=goal, features=20, rows=800, seed=4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), scores=st.lists(st.floats(0.0, 1.0), min_size=30, max_size=30), rows=st.integers(100, 5000))
def test_settings_lie_within_the_ranges_of_their_family(seed, scores, rows):
    known = tried(rows=rows, score=lambda place: scores[place])
    for _ in range(4):
        config = propose(known, goal="max", features=20, rows=rows, seed=seed)
        assert config is not None
        for name, span in SPACES[config.family].items():
            assert span.low <= float(config.params[name]) <= span.high
        known.append((config, 0.5))


def test_the_family_of_the_best_comes_every_other_time_and_the_others_in_turn():
    known, families = tried(score=lambda _place: 0.5), []
    known = [(config, 0.9 if config.name == "net short" else score) for config, score in known]
    for _ in range(8):
        config = propose(known, goal="max", features=20, rows=800, seed=0)
        families.append(config.family)
        known.append((config, 0.1))
    assert families[::2] == ["net"] * 4
    assert set(families[1::2]) == {"lightgbm", "net", "xgboost", "catboost"}


def test_after_many_that_did_well_with_few_leaves_few_leaves_are_proposed():
    def leaves(params):
        return int(params["num_leaves"])

    known = [(TrialConfig(name="lightgbm default", family="lightgbm", params={}), 0.5)]
    for _ in range(30):
        config = propose(known, goal="max", features=20, rows=50_000, seed=1)
        known.append((config, 1.0 - abs(leaves(config.params) - 12) / 200))
    late = sorted(leaves(config.params) for config, _ in known[-11:])
    assert late[5] < 40, "the middle of the range by ratios is 31, its mean is far above"
    best = max(known, key=lambda pair: pair[1])[0]
    assert abs(leaves(best.params) - 12) <= 3


def test_where_no_family_has_a_space_nothing_is_proposed():
    known = [(TrialConfig(name="linear", family="linear"), 0.4)]
    assert propose(known, goal="min", features=3, rows=100, seed=0) is None


def test_what_the_size_of_the_table_asked_for_stays():
    known = tried(("net",), rows=100_000)
    config = propose(known, goal="max", features=20, rows=100_000, seed=0)
    best = max(known[1:], key=lambda pair: pair[1])[0]
    assert {name: config.params[name] for name in ("num_iterations", "batch_rows", "epoch_rows")} == {
        name: best.params[name] for name in ("num_iterations", "batch_rows", "epoch_rows")
    }


def test_a_wide_table_gets_thinner_samples_and_no_deep_trees_of_symmetric_splits():
    """Their histograms take as many bins as a feature has, for every leaf, of every feature."""
    known = [(TrialConfig(name="catboost default", family="catboost", params={"depth": 6}), 0.5)]
    for _ in range(12):
        wide, narrow = (propose(known, goal="max", features=features, rows=800, seed=2) for features in (300, 20))
        assert wide.params["depth"] == min(narrow.params["depth"], 7)
        assert wide.params["rsm"] <= 0.6
        assert "rsm" not in narrow.params
        known.append((narrow, 0.5 + 0.01 * narrow.params["depth"]))
    assert max(config.params["depth"] for config, _ in known) > 7


NOTHING_HELD = """
import gc, weakref
from millwright.search.portfolio import portfolio
from millwright.search.proposals import propose

class Rows: pass

def search():
    rows = Rows()
    tried = [(config, 0.5) for config in portfolio(("lightgbm",), "binary", 800, 20)]
    propose(tried, goal="max", features=20, rows=800, seed=0)
    return weakref.ref(rows)

rows = search()
gc.collect()
print(rows() is None)
"""


def test_what_asked_for_the_first_of_them_is_not_held_for_good():
    done = subprocess.run([sys.executable, "-c", NOTHING_HELD], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]
