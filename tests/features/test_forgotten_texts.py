"""What is remembered of texts is forgotten where a row's time is asked for."""

from millwright.features.words import forget, remembering
from millwright.loop.goal import quiet_p99_us


def test_each_time_that_rows_are_timed_their_texts_are_new_ones() -> None:
    made: list[str] = []

    def encode(text: str) -> int:
        made.append(text)
        return len(text)

    known = remembering(encode)
    assert [known("a"), known("a")] == [1, 1]
    assert made == ["a"]
    forget()
    assert known("a") == 1
    assert made == ["a", "a"]
    made.clear()
    assert quiet_p99_us(lambda row: known(str(row["x"])), [{"x": "a"}, {"x": "b"}]) > 0
    assert made == ["a", "b"] * 3
