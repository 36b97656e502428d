import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.duplicates import content_hashes, duplicate_checks, repeats, row_hashes
from millwright.records.data import Check, Contract, ContractColumn

CELLS = st.tuples(
    st.none() | st.text(max_size=3),
    st.sampled_from([0.0, -0.0, 1.0, np.nan, 2.0**53]),
    st.integers(-3, 3),
)


def as_columns(rows: list[tuple[object, ...]]) -> dict[str, np.ndarray]:
    return {
        "a": np.array([r[0] for r in rows], dtype=object),
        "b": np.array([r[1] for r in rows], dtype=np.float64),
        "c": np.array([r[2] for r in rows], dtype=np.int64),
    }


@given(st.lists(CELLS, min_size=1, max_size=30))
def test_equal_rows_and_only_they_have_equal_hashes(rows: list[tuple[object, ...]]) -> None:
    hashes = row_hashes(as_columns(rows), ["a", "b", "c"]).tolist()
    said = [(a, "nan" if b != b else b + 0.0, c) for a, b, c in rows]
    for i, one in enumerate(said):
        for j, other in enumerate(said):
            assert (hashes[i] == hashes[j]) == (one == other)


def test_a_hash_is_the_same_on_every_machine() -> None:
    assert row_hashes(as_columns([("é", 1.5, 7)]), ["a", "b", "c"]).tolist() == [-5506192816163357890]


def test_the_order_of_cells_counts() -> None:
    columns = {"a": np.array([1.0]), "b": np.array([2.0])}
    assert row_hashes(columns, ["a", "b"]) != row_hashes(columns, ["b", "a"])


CONTRACT = Contract(
    columns=(
        ContractColumn(name="id", kind="integer", role="key", key=True),
        ContractColumn(name="x", kind="number"),
        ContractColumn(name="note", kind="text", role="ignored"),
        ContractColumn(name="y", kind="number", role="target"),
    )
)


def table(ids: list[float], x: list[float], y: list[float]) -> dict[str, np.ndarray]:
    notes = np.array([str(i) for i in range(len(ids))], dtype=object)
    return {"id": np.array(ids), "x": np.array(x), "note": notes, "y": np.array(y)}


def found(columns: dict[str, np.ndarray], side: list[int] | None = None) -> dict[str, Check]:
    checks = duplicate_checks(columns, CONTRACT, "y", None if side is None else np.array(side, dtype=np.int8))
    return {check.code: check for check in checks}


def test_a_key_with_two_answers_stops() -> None:
    checks = found(table([1, 1, 2, 3, 3], [0, 1, 2, 3, 4], [0, 1, 0, 1, np.nan]))
    assert (checks["key:conflict"].severity, checks["key:conflict"].count) == ("stop", 1)


def test_a_repeated_key_with_the_same_answer_warns() -> None:
    checks = found(table([1, 1, 2], [0, 1, 2], [1, 1, 0]))
    assert (checks["key:repeated"].severity, checks["key:repeated"].count) == ("warning", 1)
    assert "key:conflict" not in checks


def test_equal_rows_are_noted_whatever_their_key_and_ignored_columns_say() -> None:
    columns = table([1, 2, 3], [5, 5, 6], [1, 1, 0])
    assert found(columns)["duplicates:rows"].count == 1
    assert repeats(content_hashes(columns, CONTRACT)) == 1


def test_twins_with_another_answer_are_noted() -> None:
    assert found(table([1, 2, 3], [5, 5, 6], [1, 0, 0]))["duplicates:conflict"].count == 1


def test_a_row_on_both_sides_of_a_split_stops() -> None:
    columns = table([1, 2, 3, 4], [5, 5, 6, 7], [1, 1, 0, 0])
    assert found(columns, [0, 2, 1, 0])["duplicates:split"].count == 1
    assert "duplicates:split" not in found(columns, [0, -1, 1, 0])
    assert "duplicates:split" not in found(columns, [0, 0, 1, 127])


def test_a_key_on_both_sides_of_a_split_stops() -> None:
    assert found(table([1, 1, 2], [0, 1, 2], [1, 1, 0]), [0, 1, 1])["duplicates:split"].severity == "stop"


def test_a_clean_table_has_nothing_to_say() -> None:
    assert found(table([1, 2, 3], [4, 5, 6], [0, 1, 0]), [0, 1, 1]) == {}
