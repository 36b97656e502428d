"""CSV files as people have them."""

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taking import NOW, Taken, take

from millwright.data.csv import CsvOptions, _to_parquet, open_csv
from millwright.data.read import read_columns
from millwright.data.tables import Table
from millwright.errors import DataRefused
from millwright.records.data import SetAside
from millwright.records.spec import DataSpec

MISSING = DataSpec(source="x", target="y", task="binary").missing


def opened(folder: Path, content: str | bytes, name: str = "rows.csv", **options: Any) -> Table:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_csv(path, name, CsvOptions(MISSING, **options), folder)


def types(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def refused(folder: Path, content: str | bytes, **options: Any) -> DataRefused:
    with pytest.raises(DataRefused) as caught:
        opened(folder, content, **options)
    assert "\n" not in str(caught.value)
    return caught.value


def cells(folder: Path, content: str | bytes) -> dict[str, list[Any]]:
    (folder / "rows.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    got = take(folder, "rows.csv", folder / "staging", target=_first_name(content), as_of=NOW)
    return {name: values.tolist() for name, values in read_columns(got.snapshot, got.blobs, got.contract).items()}


def _first_name(content: str | bytes) -> str:
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    return text.split("\n", 1)[0].split(",")[0].strip().strip('"')


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "+3", "?"], "BIGINT"),
        (["0", "10", "007"], "VARCHAR"),
        (["1", "2.5", ".5", "1e9", "-inf"], "DOUBLE"),
        (["12345678901234567890", "1"], "VARCHAR"),
        (["true", "False", "NA"], "BOOLEAN"),
        (["yes", "no"], "VARCHAR"),
        (["2013-01-31", "2013-01-31 10:00", "2013-01-31T10:00:00.5"], "TIMESTAMP"),
        (["2013-01-31T10:00Z", "2013-01-31 10:00:00+05:30", "2013-01-31 10:00:00+0530"], "TIMESTAMP WITH TIME ZONE"),
        (["2013-01-31", "2013-02-30"], "VARCHAR"),
        (["1", "2", "three"], "VARCHAR"),
        (["NA", "", "null"], "VARCHAR"),
    ],
)
def test_a_type_is_given_only_where_every_value_fits(tmp_path: Path, values: list[str], expected: str) -> None:
    rows = "\n".join(f"{value},1" for value in values)
    assert types(opened(tmp_path, f"x,y\n{rows}\n"))["x"] == expected


def test_a_late_value_that_does_not_fit_counts_too(tmp_path: Path) -> None:
    rows = "\n".join(["1,1"] * 3000 + ["one,1"])
    assert types(opened(tmp_path, f"x,y\n{rows}\n")) == {"x": "VARCHAR", "y": "BIGINT"}


def test_values_that_come_late_are_typed_too(tmp_path: Path) -> None:
    rows = "\n".join([",1"] * 3000 + ["2.5,1"])
    assert types(opened(tmp_path, f"x,y\n{rows}\n"))["x"] == "DOUBLE"


def test_a_thousand_columns_are_copied_in_the_memory_allowed(tmp_path: Path) -> None:
    row = ",".join(("?", "NA", " 2.5 ", "0", "")[at % 5] for at in range(1_000))
    plain, raw = tmp_path / "rows.csv", tmp_path / "rows.parquet"
    plain.write_text(",".join(f"n{at}" for at in range(1_000)) + "\n" + f"{row}\n" * 300)
    assert _to_parquet(plain, raw, ",", 1_000, MISSING, "rows.csv") == ()
    with duckdb.connect() as connection:
        found = connection.execute(f"select c0, c1, c2, c3, c4, c997, count(*) from '{raw}' group by all").fetchall()
    assert found == [(None, None, "2.5", "0", None, "2.5", 300)]


def test_missing_texts_are_texts_and_no_patterns(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n(1|2),1\n12,.\n3,2\n\\d,3\n")
    found = open_csv(path, "rows.csv", CsvOptions(("(1|2)", ".", "\\d")), tmp_path)
    assert types(found) == {"x": "BIGINT", "y": "BIGINT"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(tmp_path: Path, delimiter: str) -> None:
    text = f"a{delimiter}b\n1{delimiter}x y\n2{delimiter}z\n"
    assert types(opened(tmp_path, text)) == {"a": "BIGINT", "b": "VARCHAR"}


def test_a_given_delimiter_is_used(tmp_path: Path) -> None:
    assert list(types(opened(tmp_path, "a;b,c\n1;2,3\n", delimiter=","))) == ["a;b", "c"]


def test_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert types(opened(tmp_path, "a\n1\n2\n")) == {"a": "BIGINT"}


def test_decimal_commas_are_numbers_and_noted(tmp_path: Path) -> None:
    table = opened(tmp_path, "a;b\n0,5;1\n1,25;2\n")
    assert types(table)["a"] == "DOUBLE"
    assert "decimal comma in a" in table.notes[-1]


def test_what_may_be_thousands_stays_as_written(tmp_path: Path) -> None:
    assert types(opened(tmp_path, "a;b\n1,234;1\n5;2\n"))["a"] == "VARCHAR"


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_letters_survive_every_encoding(tmp_path: Path, encoding: str) -> None:
    table = opened(tmp_path, "größe,ort\n1,Côte d’Ivoire\n2,Österreich\n".encode(encoding))
    assert [column.name for column in table.columns] == ["größe", "ort"]
    stated = [note for note in table.notes if "read as" in note]
    assert bool(stated) == (encoding not in ("utf-8", "utf-8-sig"))


def test_bytes_that_windows_has_no_letter_for_are_latin_1(tmp_path: Path) -> None:
    assert "iso8859-1" in opened(tmp_path, b"a,b\n\x81\xe9,1\n").notes[0]


def test_a_given_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a,b\n\xff\xff,1\n", encoding="utf-8").code == "data.encoding"
    assert refused(tmp_path, b"a,b\n1,1\n", encoding="klingon").code == "data.encoding"


def test_gzip_is_unpacked_and_damage_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n1,2\n" * 1000)
    assert opened(tmp_path, gzip.compress(b"a,b\n1,2\n"), "rows.csv.gz").rows == 1
    with pytest.raises(DataRefused, match="gzip"):
        opened(tmp_path, packed[: len(packed) // 2], "rows.csv.gz")


def test_ragged_rows_are_set_aside_by_line_even_after_quoted_line_ends(tmp_path: Path) -> None:
    text = 'a,b\n1,"two\nlines"\n3\n4,5\n6,7,8\n9,10\n11,12\n'
    table = opened(tmp_path, text)
    assert table.rows == 4
    assert table.set_aside == (
        SetAside(file="rows.csv", reason="too few fields", count=1, lines=(4,)),
        SetAside(file="rows.csv", reason="too many fields", count=1, lines=(6,)),
    )


def test_every_line_number_is_right_however_many_there_are(tmp_path: Path) -> None:
    table = opened(tmp_path, "a,b\n" + "1\n2,3\n4,5\n" * 50)
    assert table.set_aside[0].lines == tuple(range(2, 152, 3))


def test_a_file_that_is_mostly_ragged_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "a,b\n1\n2\n3,4\n5\n").code == "data.ragged"


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (b"", "data.empty", "rows.csv"),
        (b"\n\n", "data.empty", "rows.csv"),
        (b"a,b\n", "data.empty", "rows.csv"),
        (b'a,b\n1,2\n3,"x\n4,5\n', "data.quote", "rows.csv:3"),
        (b"a,b\n1,2\n3,\x00\n", "data.nul", "rows.csv:3"),
        (b"a,a\n1,2\n", "data.names", "rows.csv"),
        (b"Age,age\n1,2\n", "data.names", "rows.csv"),
        (b"1,2\n3,4\n", "data.header", "rows.csv:1"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, content: bytes, code: str, where: str) -> None:
    error = refused(tmp_path, content)
    assert (error.code, error.where) == (code, where)


def test_a_column_without_a_name_is_named_by_its_place(tmp_path: Path) -> None:
    table = opened(tmp_path, "a,,c\n1,2,3\n")
    assert [column.name for column in table.columns] == ["a", "unnamed_2", "c"]
    assert "unnamed_2" in table.notes[0]


def test_spaces_around_values_are_no_data(tmp_path: Path) -> None:
    assert cells(tmp_path, "n, word\n 1, x \n2 ,? \n") == {"n": [1.0, 2.0], "word": ["x", None]}


def test_formulas_quotes_and_markup_are_text(tmp_path: Path) -> None:
    text = 'n,word\n1,"=cmd|""/C calc""!A0"\n2,<script>\n'
    assert cells(tmp_path, text)["word"] == ['=cmd|"/C calc"!A0', "<script>"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_a_line_end(tmp_path: Path, end: str) -> None:
    assert cells(tmp_path, end.join(["n,word", "1,x", "2,y", ""]).encode())["word"] == ["x", "y"]


def test_a_very_long_line_is_set_aside(tmp_path: Path) -> None:
    table = opened(tmp_path, "a,b\n1,2\n3,4\n5," + "x" * 3_000_000 + "\n")
    assert (table.rows, table.set_aside[0].lines) == (2, (4,))


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=8)


@given(rows=st.lists(st.tuples(st.integers(0, 99), WORDS), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_whatever_a_writer_quotes_is_read_back(rows: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("csv")
    body = "".join(f'{number},"{word.replace(chr(34), chr(34) * 2)}"\n' for number, word in rows)
    table = opened(folder, f"n,word\n{body}", delimiter=",")
    assert (table.rows, table.set_aside) == (len(rows), ())
    got = _texts(folder, table)
    trimmed = [word.strip(" \t") for _, word in rows]
    assert got == [None if word in MISSING else word for word in trimmed]


def _texts(folder: Path, table: Table) -> list[str | None]:
    import duckdb

    with duckdb.connect() as connection:
        return [text for (text,) in connection.execute(f"select c1 from read_parquet('{table.path}')").fetchall()]


def test_the_same_file_is_the_same_snapshot(tmp_path: Path) -> None:
    def digest(at: str) -> Taken:
        (tmp_path / "rows.csv").write_text("y,word\n1,a\n0,b\n")
        return take(tmp_path, "rows.csv", tmp_path / at)

    assert digest("one").snapshot == digest("two").snapshot
    assert not list((tmp_path / "one").iterdir())
