"""The signs of actions."""

from typing import get_args

from millwright.evaluate.report.symbols import symbol
from millwright.records.deciding import Action


def test_no_two_actions_have_the_same_sign() -> None:
    drawn = [str(symbol(action, 0, 0)) for action in get_args(Action)]
    shapes = [text.partition(' d="')[2].partition('"')[0] for text in drawn]
    assert all(shapes)
    assert len(set(shapes)) == len(shapes)
