"""Every broken file of the corpus gives what `expected.json` asks, and nothing but a MillwrightError ever comes out."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from through import BAD, NOW, Through, take_through

from millwright.data.columns import rows_in
from millwright.data.look import Look, look
from millwright.errors import DataRefused, MillwrightError

PEOPLE = [
    *("age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship"),
    *("race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income"),
]
TARGETS = {"01": "arr_late15", "05": "education", "09": "workclass", "19": "target"} | dict.fromkeys(
    ("13", "14", "22", "23"), "arr_late15"
)
HOURS = {"08", "11", "17", "18", "20", "21"}
SETTINGS: dict[str, dict[str, object]] = {
    "22": {"time": "feature_time", "label_known": "label_time"},
    "23": {"key": ("row_id",)},
} | {number: {"time": "datetime"} for number in HOURS}


def target_of(name: str) -> str:
    return "cnt" if name[:2] in HOURS else TARGETS.get(name[:2], "income")


def make_huge_cell(path: Path) -> None:
    """One cell of 8 MB among ordinary rows."""
    rows = [f"{age},Private,{age * 1000},HS-grad,9" for age in range(20, 70)]
    path.write_text(
        "\n".join(["age,workclass,fnlwgt,education,education_num", *rows, f"39,{'x' * (8 << 20)},1,HS-grad,9"]) + "\n"
    )


def make_wide(path: Path) -> None:
    """60 rows of 2,001 columns: noise, and a target that is noise as well."""
    import duckdb

    noise = ", ".join(f"(hash(i * 2003 + {at}) % 1000) / 1000.0 as x{at}" for at in range(2_000))
    with duckdb.connect() as connection:
        rows = f"select {noise}, (hash(-i - 1) % 2)::bigint as target from range(60) r(i)"
        connection.execute(f"copy ({rows}) to '{path}' (format parquet)")


MADE: dict[str, Callable[[Path], None]] = {"09_huge_cell.csv": make_huge_cell, "19_wide.parquet": make_wide}
NAMES = sorted([*(p.name for p in BAD.iterdir() if p.name[:2].isdigit()), *MADE])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All broken files in one folder, the two big ones made on the spot."""
    folder = tmp_path_factory.mktemp("bad")
    for file in BAD.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    for name, make in MADE.items():
        make(folder / name)
    return folder


@pytest.fixture
def through(corpus: Path, tmp_path: Path) -> Callable[[str], Through]:
    """Take a broken file, by its number, through snapshot, contract and checks."""

    def take(number: str) -> Through:
        name = next(name for name in NAMES if name.startswith(number))
        task = "regression" if number in HOURS else "multiclass" if number == "09" else "binary"
        return take_through(tmp_path, corpus, name, target_of(name), task, **SETTINGS.get(number, {}))

    return take


@pytest.fixture
def seen(corpus: Path) -> Callable[[str], Look]:
    """Look at a broken file, by its number."""

    def see(number: str) -> Look:
        name = next(name for name in NAMES if name.startswith(number))
        return look(name, target_of(name), corpus, as_of=NOW)

    return see


def test_the_whole_corpus_is_here() -> None:
    expected = json.loads((BAD / "expected.json").read_text())
    assert sorted(name[:2] for name in expected) == [name[:2] for name in NAMES] == [f"{n:02}" for n in range(1, 27)]


def refusal(take: Callable[[], object]) -> MillwrightError | None:
    """The error that a person would read, or None."""
    try:
        take()
    except MillwrightError as error:
        return error
    return None


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_a_refusal_comes_out(corpus: Path, tmp_path: Path, name: str) -> None:
    def take() -> None:
        seen = look(name, target_of(name), corpus, as_of=NOW)
        take_through(tmp_path, corpus, name, seen.target, seen.task, time=seen.time, key=seen.key).checks()

    said = refusal(take)
    assert said is None or (name in str(said) and "\n" not in str(said))


@pytest.mark.parametrize(
    ("number", "word"),
    [("01", "damaged"), ("05", "education"), ("06", "empty"), ("07", "no rows"), ("20", "datetime"), ("21", "datetime")],
)
def test_files_that_cannot_be_used_are_refused_in_one_line(
    corpus: Path, tmp_path: Path, seen: Callable[[str], Look], through: Callable[[str], Through], number: str, word: str
) -> None:
    for take in (seen, through):
        with pytest.raises(DataRefused) as refused:
            take(number)
        assert word in str(refused.value)
        assert refused.value.exit_code == 2
    assert not list((tmp_path / "blobs").rglob("*"))


def test_02_ragged_rows_are_set_aside_by_line_and_nothing_is_shifted(through: Callable[[str], Through]) -> None:
    taken = through("02")
    aside = taken.snapshot.set_aside
    assert sum(a.count for a in aside) == 20
    assert min(line for a in aside for line in a.lines) == 21
    assert "rows:set_aside" in taken.codes("warning")
    assert set(taken.columns()["income"].tolist()) == {"<=50K", ">50K"}


def test_03_the_encoding_is_found_and_said(through: Callable[[str], Through]) -> None:
    taken = through("03")
    assert "Côte d’Ivoire – Österreich" in set(taken.columns()["native_country"].tolist())
    assert any("cp1252" in note for note in taken.snapshot.notes)


@pytest.mark.parametrize("number", ["04", "24"])
def test_columns_have_their_plain_names(through: Callable[[str], Through], number: str) -> None:
    assert list(through(number).columns()) == PEOPLE


def test_08_decimal_commas_are_numbers(through: Callable[[str], Through]) -> None:
    columns = through("08").columns()
    assert (columns["temp"].dtype, columns["temp"][0]) == (np.float64, 0.24)


def test_09_a_huge_cell_costs_its_row_only(through: Callable[[str], Through]) -> None:
    taken = through("09")
    assert taken.snapshot.rows + sum(a.count for a in taken.snapshot.set_aside) == 51


def test_10_an_empty_column_is_left_out_with_a_note(through: Callable[[str], Through]) -> None:
    taken = through("10")
    assert taken.codes("note") >= {"empty:workclass"}
    assert taken.codes("stop") == set()


@pytest.mark.parametrize(("number", "code", "words"), [("11", "target:constant", "42"), ("12", "target:one_class", "<=50K")])
def test_a_target_without_a_choice_stops(
    through: Callable[[str], Through], seen: Callable[[str], Look], number: str, code: str, words: str
) -> None:
    taken = through(number)
    assert taken.codes("stop") == {code} == {check.code for check in seen(number).checks if check.severity == "stop"}
    assert words in taken.message(code)
    assert "nothing to learn" in taken.message(code)


def test_13_the_copy_of_the_target_is_named(through: Callable[[str], Through], seen: Callable[[str], Look]) -> None:
    assert through("13").codes("stop") == {"leak:outcome_code"}
    assert seen("13").known_later == ("outcome_code",)


def test_14_columns_known_later_are_named(through: Callable[[str], Through], seen: Callable[[str], Look]) -> None:
    later = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}
    assert {code.partition(":")[2] for code in through("14").codes("stop")} == later
    assert set(seen("14").known_later) == later


def test_15_words_among_numbers_are_counted(through: Callable[[str], Through]) -> None:
    message = through("15").message("quality:age")
    assert "28 of 472 values are words among numbers" in message
    assert "'42 years'" in message


def test_16_impossible_ages_are_counted(through: Callable[[str], Through]) -> None:
    check = next(c for c in through("16").checks() if c.code == "quality:age")
    assert (check.severity, check.count) == ("warning", 3)
    assert "-999, -37, -1" in check.message


def test_17_huge_values_are_warned_of(through: Callable[[str], Through]) -> None:
    assert "2 outliers beyond ±1e+30" in through("17").message("quality:windspeed")


def test_18_infinite_values_are_missing_and_counted(through: Callable[[str], Through]) -> None:
    taken = through("18")
    assert "2 infinite values, treated as missing" in taken.message("quality:temp")
    assert int(np.isnan(taken.columns()["temp"]).sum()) == 3


def test_19_noise_is_not_accused_but_said_to_be_little(through: Callable[[str], Through]) -> None:
    taken = through("19")
    assert (taken.codes("stop"), "rows:few" in taken.codes("warning")) == (set(), True)


def test_22_rows_that_travel_in_time_are_set_aside_and_counted(
    through: Callable[[str], Through], seen: Callable[[str], Look]
) -> None:
    taken = through("22")
    aside = sum(a.count for a in taken.snapshot.set_aside)
    assert (aside, rows_in(taken.columns())) == (48, 552)
    found = seen("22")
    assert (found.time, found.label_known, found.rows) == ("feature_time", "label_time", 552)


def test_23_keys_with_two_answers_stop(through: Callable[[str], Through], seen: Callable[[str], Look]) -> None:
    assert next(c for c in through("23").checks() if c.code == "key:conflict").count == 60
    assert seen("23").key == ("row_id",)
    assert "key:conflict" in {check.code for check in seen("23").checks}


def test_24_cells_for_a_spreadsheet_stay_text(through: Callable[[str], Through]) -> None:
    assert {'=cmd|"/C calc"!A0', "+1+1", "@SUM(1:9)"} <= set(through("24").columns()["occupation"].tolist())


def test_25_names_that_look_alike_are_kept_apart_and_warned_of(through: Callable[[str], Through]) -> None:
    taken = through("25")
    assert {"age", "аge", "age\u200b"} <= set(taken.columns())
    assert "lookalike:age" in taken.codes("warning")


def test_26_hostile_names_are_plain_names(through: Callable[[str], Through]) -> None:
    taken = through("26")
    columns = taken.columns()
    assert set(columns['x"; DROP TABLE models; --'].tolist()) >= {"Husband", "Wife"}
    assert "<script>alert(1)</script>" in columns
    assert taken.codes("stop") == set()
