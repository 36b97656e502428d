import doctest

from millwright.monitor import words


def test_the_examples_hold() -> None:
    assert doctest.testmod(words).failed == 0
    assert words.percent(0.0001) == "under 0.1 %"
    assert words.number(-1234.5) in ("-1,234", "-1,235")
    assert words.number(99.96) == "100"
    assert words.names(["a", "b", "c", "d", "e"]) == "a, b, c, d and 1 more column"
