"""Who told the labels of a retrain: none of several sources has more than its share."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.loop.label_sources import named_source, say_shares, within_share

names = st.lists(st.sampled_from(["tower", "tower/night", "desk", "bot", None]), max_size=60)


def kept(sources: list[str | None], share: float | None) -> list[bool]:
    taken: list[bool] = within_share(sources, [f"id-{row}" for row in range(len(sources))], share).tolist()
    return taken


def test_a_flood_of_one_source_is_cut_to_its_share_and_the_others_are_whole() -> None:
    sources: list[str | None] = ["tower"] * 100 + ["desk"] * 100 + ["bot"] * 10_000
    taken = Counter(source for source, one in zip(sources, kept(sources, 0.5), strict=True) if one)
    assert taken == {"tower": 100, "desk": 100, "bot": 200}


def test_one_source_is_not_cut_and_what_a_key_says_of_itself_makes_no_other_source() -> None:
    assert all(kept(["tower"] * 50, 0.1))
    assert all(kept(["tower", "tower/night"] * 25, 0.1))
    assert all(kept(["tower", "desk"] * 25, None))
    assert [named_source(source) for source in ("tower/night", "desk", None, "")] == ["tower", "desk", "unknown", "unknown"]


@given(names, st.floats(0.05, 1))
def test_no_source_has_more_than_its_share_and_the_choice_is_the_same_again(sources: list[str | None], share: float) -> None:
    taken = kept(sources, share)
    assert taken == kept(sources, share)
    left = Counter(named_source(source) for source, one in zip(sources, taken, strict=True) if one)
    everyone = Counter(map(named_source, sources))
    assert left.keys() == everyone.keys()
    if len(everyone) > 1:
        most = max(left.values())
        assert most <= max(share, 1 / len(left)) * sum(left.values()) + 1e-9
        assert all(left[name] == most for name in left if left[name] < everyone[name]), "only who has the most is cut"


@pytest.mark.parametrize("rows", [1, 3])
def test_shares_in_words(rows: int) -> None:
    assert (
        say_shares({"tower/a": 2 * rows, "tower/b": rows, "desk": rows})
        == f"tower 75 % ({3 * rows} rows), desk 25 % ({rows} rows)"
    )
