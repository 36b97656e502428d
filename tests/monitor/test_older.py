"""What moved a little in each retrain has moved far from the first reference; what only varies has not."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import World, observed, reference_of, window_profile

from millwright.monitor.causes import Known, causes_of
from millwright.monitor.inputs import Reference
from millwright.monitor.look import look, scene_of
from millwright.monitor.older import against_older
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

WORLD = World(numbers=6, categories=2, missing={})


@pytest.fixture(scope="module")
def first() -> Reference:
    return reference_of(WORLD.days(91, np.random.default_rng(1)))


def told(first: Reference, shift: float, seed: int, level: float = 0.001, known: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    columns = WORLD.days(7, np.random.default_rng((2, seed)))
    columns["n0"] = columns["n0"] + shift
    seen = observed(window_profile(first, columns))
    return tuple(against_older(first, 1, seen, scene_of(first, seen, ()), level, known))


def test_poison_by_small_doses_is_told_against_the_first_version_though_the_newest_knows_it(first: Reference) -> None:
    later = WORLD.days(91, np.random.default_rng(3))
    later["n0"] = later["n0"] + 0.9
    newest = reference_of(later)
    columns = WORLD.days(7, np.random.default_rng((2, 0)))
    columns["n0"] = columns["n0"] + 1.0
    now = look(newest, observed(window_profile(newest, columns)), watch=WatchSpec())
    assert "n0" not in {column for finding in now for column in finding.columns}
    (finding,) = told(first, 1.0, 0)
    assert (finding.kind, finding.check, finding.columns) == ("covariate", "older", ("n0",))
    assert finding.sentence.startswith("n0 lies elsewhere than in v1's training rows: mean ")


def test_what_varies_or_is_small_or_said_already_is_not_told(first: Reference) -> None:
    assert sum(bool(told(first, 0.0, seed, level=0.05)) for seed in range(60)) <= 6
    assert told(first, 0.3, 1) == ()
    assert told(first, 1.0, 1, known=("n0",)) == ()


def test_it_is_a_matter_of_its_own_beside_what_moved_of_late(first: Reference) -> None:
    (finding,) = told(first, 1.0, 2)
    drift = replace(finding, id="drift", check="drift", sentence="n1 drifted: a lot", columns=("n1",))
    causes = causes_of([finding, drift], Known())
    assert sorted(len(cause.findings) for cause in causes) == [1, 1]
    assert finding.sentence in {cause.sentence for cause in causes}
