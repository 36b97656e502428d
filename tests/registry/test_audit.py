import sqlite3
from pathlib import Path

import pytest
from catalogue_samples import DAY, HOUR

from millwright.records.codec import digest_of
from millwright.registry import audit
from millwright.registry.catalogue import Catalogue

ENTRIES = 12


@pytest.fixture
def chained(catalogue: Catalogue) -> Catalogue:
    with catalogue.write() as tx:
        for number in range(ENTRIES):
            audit.append(
                tx, actor="ada", action="key.rotate", subject=f"key {number}", detail=digest_of(number),
                at=DAY + number * HOUR,
            )  # fmt: skip
    return catalogue


def spoil(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def test_an_empty_chain_is_whole(catalogue: Catalogue) -> None:
    with catalogue.read() as tx:
        assert audit.verify(tx) == audit.AuditState(entries=0, ok=True)


def test_an_untouched_chain_is_whole(chained: Catalogue) -> None:
    with chained.read() as tx:
        state = audit.verify(tx)
        newest = audit.page(tx, limit=1)[0]
    assert (state.entries, state.ok, state.first_bad, state.head) == (ENTRIES, True, None, newest.digest)
    assert state.as_plain()["entries"] == ENTRIES
    assert state.sentence.startswith("The audit is whole: 12 entries")


def test_entries_come_in_pages(chained: Catalogue) -> None:
    with chained.read() as tx:
        assert [entry.number for entry in audit.page(tx, limit=3)] == [12, 11, 10]
        assert [entry.number for entry in audit.page(tx, before=3)] == [2, 1]


@pytest.mark.parametrize("row", [1, 5, ENTRIES])
@pytest.mark.parametrize(
    "change",
    ["at = '2026-03-01T12:00:00.000001Z'", "actor = 'eve'", "action = 'x'", "subject = 'y'", "detail = 'z'", "previous = '1'"],
)
def test_any_changed_entry_is_found(chained: Catalogue, path: Path, row: int, change: str) -> None:
    spoil(path, f"UPDATE audit SET {change} WHERE number = {row}")
    with chained.read() as tx:
        state = audit.verify(tx)
    assert not state.ok
    assert state.first_bad == row


@pytest.mark.parametrize("row", range(1, ENTRIES + 1))
def test_any_removed_entry_is_found(chained: Catalogue, path: Path, row: int) -> None:
    spoil(path, f"DELETE FROM audit WHERE number = {row}")
    with chained.read() as tx:
        state = audit.verify(tx)
    assert (state.ok, state.first_bad) == (False, row)
    assert state.sentence.startswith(f"The audit is broken at entry {row}: ")


@pytest.mark.parametrize("row", range(1, ENTRIES))
def test_reordered_entries_are_found(chained: Catalogue, path: Path, row: int) -> None:
    spoil(
        path,
        f"UPDATE audit SET number = -1 WHERE number = {row}",
        f"UPDATE audit SET number = {row} WHERE number = {row + 1}",
        f"UPDATE audit SET number = {row + 1} WHERE number = -1",
    )
    with chained.read() as tx:
        state = audit.verify(tx)
    assert (state.ok, state.first_bad) == (False, row)


def test_a_removed_entry_is_found_though_the_rest_were_renumbered(chained: Catalogue, path: Path) -> None:
    renumber = [f"UPDATE audit SET number = {n} WHERE number = {n + 1}" for n in range(5, ENTRIES)]
    spoil(path, "DELETE FROM audit WHERE number = 5", *renumber)
    with chained.read() as tx:
        assert audit.verify(tx).first_bad == 5


def test_an_added_entry_is_found(chained: Catalogue, path: Path) -> None:
    spoil(
        path, f"INSERT INTO audit SELECT {ENTRIES + 1}, at, actor, action, subject, detail, digest, digest FROM audit LIMIT 1"
    )
    with chained.read() as tx:
        assert audit.verify(tx).first_bad == ENTRIES + 1


def test_an_emptied_chain_is_found(chained: Catalogue, path: Path) -> None:
    spoil(path, "DELETE FROM audit")
    with chained.read() as tx:
        assert audit.verify(tx).first_bad == 1


def test_a_damaged_time_is_found_and_does_not_stop_the_walk(chained: Catalogue, path: Path) -> None:
    spoil(path, "UPDATE audit SET at = 'yesterday' WHERE number = 3")
    with chained.read() as tx:
        assert audit.verify(tx).first_bad == 3
