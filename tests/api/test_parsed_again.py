"""A fault of CPython 3.11 where two threads parse source at once costs another try, and no app."""

import pytest

from millwright.api.app import _parsed


def test_what_another_thread_disturbed_is_made_once_more() -> None:
    tries: list[int] = []

    def make() -> None:
        tries.append(len(tries))
        if len(tries) < 3:
            raise SystemError("AST constructor recursion depth mismatch (before=327, after=344)")

    _parsed(make)
    assert len(tries) == 3


def test_what_fails_each_time_is_told() -> None:
    def make() -> None:
        raise SystemError("another one")

    with pytest.raises(SystemError, match="another one"):
        _parsed(make)
