"""Who asked, in the log: written where it is known, and read beside files of a time when nobody wrote it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import msgspec
import pytest

from millwright.data.column_profile import numbers_in
from millwright.data.profile import merge
from millwright.predictions.layout import DAY, day_start
from millwright.predictions.log import lines_of
from millwright.predictions.profiled import Reading, profile_files, profile_tail
from millwright.predictions.seal import seal
from millwright.predictions.sealed import day_manifests
from millwright.predictions.tables import PREDICTIONS
from millwright.predictions.window import Logs, Wanted, counted_window, window
from millwright.records.data import Contract, ContractColumn, SliceProfile
from millwright.records.traffic import KeptPart, Prediction

from .conftest import T0, write

Make = Callable[..., Prediction]
START, LATER = day_start("2013-06-01"), day_start("2013-06-04")
CONTRACT = Contract(
    columns=(
        ContractColumn(name="distance", kind="number"),
        ContractColumn(name="dest", kind="category", levels=("ATL", "BOS")),
        ContractColumn(name="caller", kind="category", levels=("shop",)),
        ContractColumn(name="seen", kind="date"),
    )
)


def asked_by(make: Make, caller: str | None, minutes: range) -> list[Prediction]:
    """Rows whose client says of itself that it is the shop, whoever it is."""
    more = {} if caller is None else {"caller": caller}
    requests = [{"distance": float(at), "dest": "ATL", "caller": "shop", "seen": "2013-05-01"} for at in minutes]
    return [make(at, request=request, **more) for at, request in zip(minutes, requests, strict=True)]


def without_callers(path: Path) -> None:
    """Write a sealed file anew as it was before there was such a column."""
    path.chmod(0o600)
    old = path.with_suffix(".old")
    duckdb.execute(f"copy (select * exclude (caller) from {scan(path)}) to '{old}' (format parquet)")
    old.rename(path)
    assert "caller" not in names_in(path)


def scan(path: Path) -> str:
    return f"read_parquet('{path}', hive_partitioning = false)"


def names_in(path: Path) -> list[str]:
    return [name for name, *_ in duckdb.execute(f"describe from {scan(path)}").fetchall()]


def callers_in(logs: Logs) -> list[str | None]:
    return list(window(logs, "flights", START, LATER, as_of=LATER)[1]["caller"])


@pytest.fixture
def old_and_new(logs: Logs, prediction: Make) -> Logs:
    """A sealed day without the column, of which rows of two callers came late."""
    write(logs, asked_by(prediction, None, range(5)), [])
    seal(logs.predictions, "flights", LATER)
    without_callers(next(logs.predictions.rglob("*.parquet")))
    write(logs, [*asked_by(prediction, "shop", range(10, 13)), *asked_by(prediction, "bots", range(20, 24))], [], start=2)
    return logs


def test_nobody_is_not_written_and_a_caller_is(prediction: Make) -> None:
    without, named = prediction(1), prediction(1, caller="shop")
    assert lines_of([without]).endswith(b'"flags":[]}\n')
    assert lines_of([named]).endswith(b'"flags":[],"caller":"shop"}\n')
    assert msgspec.json.decode(lines_of([named]), type=Prediction).caller == "shop"
    assert msgspec.json.decode(lines_of([without]), type=Prediction) == without


def test_rows_with_and_without_are_read_together(old_and_new: Logs) -> None:
    every = [None] * 5 + ["shop"] * 3 + ["bots"] * 4
    assert callers_in(old_and_new) == every
    wanted = Wanted(columns=("caller", "request"), sample=4)
    sample = counted_window(old_and_new, "flights", START, LATER, as_of=LATER, wanted=wanted)[2]
    assert list(sample["caller"]) == [None, None, "shop", "bots"]
    seal(old_and_new.predictions, "flights", LATER)
    assert len(day_manifests(old_and_new.predictions / "project=flights" / "day=2013-06-01")) == 2
    assert callers_in(old_and_new) == every


def test_a_log_in_which_no_file_has_the_column_is_read(logs: Logs, prediction: Make) -> None:
    write(logs, asked_by(prediction, None, range(5)), [])
    seal(logs.predictions, "flights", LATER)
    without_callers(next(logs.predictions.rglob("*.parquet")))
    assert callers_in(logs) == [None] * 5


def test_an_hour_without_and_one_with_become_one_day(logs: Logs, prediction: Make) -> None:
    write(logs, asked_by(prediction, None, range(5)), [])
    seal(logs.predictions, "flights", T0 + timedelta(hours=3))
    (hour,) = logs.predictions.rglob("*.parquet")
    without_callers(hour)
    write(logs, asked_by(prediction, "shop", range(10, 13)), [], start=2)
    (day,) = seal(logs.predictions, "flights", LATER)
    assert (day.rows, names_in(next(logs.predictions.rglob("*.parquet")))) == (8, list(PREDICTIONS.columns))
    assert callers_in(logs) == [None] * 5 + ["shop"] * 3


def reading(logs: Logs, *callers: str) -> Reading:
    slices = (("caller", ("shop",)),)
    return Reading(logs=logs, project="flights", contract=CONTRACT, part=DAY, as_of=LATER, slices=slices, callers=callers)


def rows_of(parts: list[KeptPart]) -> dict[str, int]:
    whole = merge(*(part.profile for part in parts), of="x")
    return {"/".join(one.key): one.rows for one in whole.slices}


def test_what_each_caller_asked_is_profiled_by_itself_and_no_column_is_taken_for_it(old_and_new: Logs) -> None:
    tail = profile_tail(reading(old_and_new, "shop", "bots", "nobody"), START, LATER, frozenset())
    assert rows_of(tail) == {"caller//bots": 4, "caller//shop": 3, "column/caller/shop": 12}
    assert rows_of(profile_tail(reading(old_and_new), START, LATER, frozenset())) == {"column/caller/shop": 12}
    (distance,) = [column for one in slices(tail, "bots") for column in one.columns if column.name == "distance"]
    assert (distance.minimum, distance.maximum, numbers_in(distance)) == (20.0, 23.0, 4)


def slices(parts: list[KeptPart], caller: str) -> list[SliceProfile]:
    return [one for part in parts for one in part.profile.slices if one.key == ("caller", "", caller)]


def test_sealed_files_have_the_profiles_of_their_rows_also_without_the_column(old_and_new: Logs) -> None:
    opened = profile_tail(reading(old_and_new, "shop", "bots"), START, LATER, frozenset())
    seal(old_and_new.predictions, "flights", LATER)
    by_time = sorted(old_and_new.predictions.rglob("*.parquet"), key=lambda path: "caller" in names_in(path))
    old, new = (profile_files(reading(old_and_new, "shop", "bots"), START, START + DAY, [path]) for path in by_time)
    assert rows_of(old) == {"column/caller/shop": 5}
    assert rows_of([*old, *new]) == rows_of(opened) == {"caller//bots": 4, "caller//shop": 3, "column/caller/shop": 12}
