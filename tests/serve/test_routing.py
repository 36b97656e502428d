"""Who answers during a canary: stable, in proportion to the share, and growing with it."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.serve.routing import goes_to_challenger, place_of, subject_of

SUBJECTS = [f"trip {i}" for i in range(20_000)]
SHARES = st.floats(0, 1)


@given(st.text(), SHARES, SHARES)
def test_a_larger_share_keeps_every_key_of_a_smaller_one(subject: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert goes_to_challenger("trips", subject, small) <= goes_to_challenger("trips", subject, large)


@given(st.text())
def test_no_share_is_nobody_and_the_whole_is_everybody(subject: str) -> None:
    assert not goes_to_challenger("trips", subject, 0.0)
    assert goes_to_challenger("trips", subject, 1.0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_challenger_gets_its_share_of_the_keys(share: float) -> None:
    """Five standard deviations of a binomial: one in two million by chance, and the keys here are fixed."""
    got = sum(goes_to_challenger("trips", subject, share) for subject in SUBJECTS)
    assert abs(got - share * len(SUBJECTS)) < 5 * math.sqrt(len(SUBJECTS) * share * (1 - share))


def test_projects_divide_their_keys_independently() -> None:
    both = sum(goes_to_challenger("a", subject, 0.5) and goes_to_challenger("b", subject, 0.5) for subject in SUBJECTS)
    assert abs(both - 0.25 * len(SUBJECTS)) < 5 * math.sqrt(len(SUBJECTS) * 0.25 * 0.75)


def test_the_place_of_a_key_is_a_promise() -> None:
    """Written down: with other numbers, a new version of Millwright would send keys another way in the middle of a canary."""
    assert place_of("trips", "trip 7") == 0x5CFDCF37DFCC8C99
    assert place_of("trips", "é") == 0x1194F590A8103E2E


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_another_process_sends_the_same_keys_the_same_way(seed: str) -> None:
    code = (
        "import json; from millwright.serve.routing import goes_to_challenger as goes;"
        "print(json.dumps([goes('trips', f'trip {i}', 0.3) for i in range(500)]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed, "PATH": ""}
    )
    assert json.loads(ran.stdout) == [goes_to_challenger("trips", subject, 0.3) for subject in SUBJECTS[:500]]


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_a_request_is_about_its_key_or_its_id_or_its_row(row: dict[str, object]) -> None:
    assert subject_of("key", "id", row) == "key"
    assert subject_of(None, "id", row) == "id"
    assert subject_of(None, None, row) == subject_of(None, None, dict(reversed(row.items())))
    assert json.loads(subject_of(None, None, row)) == row
