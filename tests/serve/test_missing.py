"""Cells without a value are counted exactly, and only those of columns that the contract knows."""

import threading
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from millwright.serve.missing import TOGETHER, Missing

COLUMNS = frozenset("abc")
CELLS = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 1), st.just("")))
REQUESTS = st.lists(st.tuples(st.sampled_from("pq"), st.lists(CELLS, max_size=2 * TOGETHER)), max_size=8)


def counted(missing: Missing) -> dict[tuple[str, str], float]:
    (family,) = missing.collect()
    return {(sample.labels["project"], sample.labels["feature"]): sample.value for sample in family.samples}


@given(REQUESTS)
def test_every_cell_without_a_value_counts_once(requests: list[tuple[str, list[dict[str, object]]]]) -> None:
    missing, expected = Missing(), Counter[tuple[str, str]]()
    for number, (project, rows) in enumerate(requests):
        missing.note(project, COLUMNS, rows)
        expected.update((project, name) for row in rows for name in COLUMNS if row.get(name, 0) is None)
        if number % 3 == 0:
            assert counted(missing) == expected
    assert counted(missing) == expected


def test_rows_do_not_pile_up() -> None:
    missing = Missing()
    for _ in range(10 * TOGETHER):
        missing.note("p", COLUMNS, [{"a": None}])
        assert sum(len(rows) for _, _, rows in missing._noted) < TOGETHER
    missing.note("p", COLUMNS, [{"a": None}] * 10_000)
    assert not missing._noted


def test_threads_lose_nothing() -> None:
    missing = Missing()

    def note() -> None:
        for _ in range(2_000):
            missing.note("p", COLUMNS, [{"a": None, "b": 1}])

    threads = [threading.Thread(target=note) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(missing) == {("p", "a"): 8_000}
