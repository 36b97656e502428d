"""What is made of a text is made once, as long as it is kept."""

from millwright.predictions.by_text import ByText


def test_each_text_is_made_once_and_in_the_order_asked_for() -> None:
    made: list[list[str]] = []

    def make(new: list[str]) -> list[str]:
        made.append(new)
        return [text.upper() for text in new]

    kept = ByText(4)
    assert kept.of(["a", "b", "a"], make) == ["A", "B", "A"]
    assert kept.of(["b", "c"], make) == ["B", "C"]
    assert made == [["a", "b"], ["c"]]


def test_no_more_are_kept_than_may_be() -> None:
    made: list[list[str]] = []

    def make(new: list[str]) -> list[str]:
        made.append(new)
        return new

    kept = ByText(3)
    kept.of(["a", "b", "c"], make)
    assert kept.of(["c", "d"], make) == ["c", "d"]
    assert kept.of(["a"], make) == ["a"]
    assert made == [["a", "b", "c"], ["d"], ["a"]], "what was not asked for again made room"
    assert kept.of(["e", "f", "g", "h"], make) == ["e", "f", "g", "h"]
    kept.of(["e"], make)
    assert made[3:] == [["e", "f", "g", "h"], ["e"]], "more than may be kept are not"
