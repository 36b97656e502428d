"""Asking a running server, and telling it what came true, from the command line."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions.window import Logs
from mw_command import Done, started
from mw_command import mw as run
from serve.running import lines_under

SAMPLE = Path(__file__).parent.parent / "data" / "samples" / "adult.csv"


@pytest.fixture(scope="module")
def folder(trained_adult: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose server runs."""
    here = tmp_path_factory.mktemp("asked") / "adult"
    shutil.copytree(trained_adult, here)
    assert started("up", "--detach", "--port", "0", cwd=here).returncode == 0
    yield here
    assert mw(here, "down").returncode == 0


def mw(folder: Path, *arguments: object, said: str | None = None, key: dict[str, str] | None = None) -> Done:
    """Run `mw` in a folder, with a text on its stdin."""
    return run(*arguments, cwd=folder, said=said or "", **(key or {}))


def rows(count: int) -> list[dict[str, Any]]:
    """Rows of the sample, without the target, as JSON knows them."""
    with SAMPLE.open(newline="") as file:
        table = [row for _, row in zip(range(count), csv.DictReader(file), strict=False)]
    numbers = ("age", "fnlwgt", "education_num", "capital_gain", "capital_loss", "hours_per_week")
    return [
        {name: float(cell) if name in numbers else cell or None for name, cell in row.items() if name != "income"}
        for row in table
    ]


def as_csv(table: list[dict[str, Any]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def asked(folder: Path, *arguments: object, said: str | None = None) -> list[dict[str, Any]]:
    """The answers of `mw ask --json`."""
    done = mw(folder, "ask", *arguments, "--json", said=said)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_row_in_pairs_in_json_lines_and_csv_is_the_same_row(folder: Path, tmp_path: Path) -> None:
    (row,) = rows(1)
    pairs = [f"{name}={value if value is not None else ''}" for name, value in row.items()]
    (tmp_path / "rows.json").write_text(json.dumps({"rows": [row]}))
    (tmp_path / "rows.csv").write_text("\ufeff" + as_csv([row]))
    ways = [
        asked(folder, *pairs),
        asked(folder, "--file", tmp_path / "rows.json"),
        asked(folder, "--file", tmp_path / "rows.csv"),
        asked(folder, "--file", "-", said=json.dumps([row])),
        asked(folder, "--file", "-", said=json.dumps(row) + "\n\n"),
    ]
    assert {len(way) for way in ways} == {1}
    assert len({(way[0]["probability"], way[0]["label"], way[0]["version"]) for way in ways}) == 1
    assert ways[0][0]["schema"] == "millwright.answer/1"
    assert ways[0][0]["id"] in {line["id"] for line in lines_under(Logs.of(folder / ".millwright").predictions)}


def test_a_person_reads_a_table_that_ends(folder: Path) -> None:
    many = "\n".join(json.dumps(row) for row in rows(25))
    done = mw(folder, "ask", "--file", "-", said=many)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0].split() == ["row", "probability", "decision", "label", "flags", "id"]
    assert len(lines) == 22
    assert lines[-1] == "25 rows answered by v1 of adult; the first 20 are shown, --json prints all."
    assert len(asked(folder, "--file", "-", said=many)) == 25


def test_a_wrong_row_is_named(folder: Path) -> None:
    wrong = rows(3)
    wrong[2]["age"] = "old"
    done = mw(folder, "ask", "--file", "-", "--json", said=json.dumps(wrong))
    assert done.returncode == 2
    assert done.stderr == "mw: row 3, column 'age': a number is expected, got the text 'old'\n"
    assert json.loads(done.stdout)["error"]["code"] == "contract.type"
    done = mw(folder, "ask", "age=31")
    assert done.returncode == 2
    assert "the column is missing, and so are" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said", "code", "words"),
    [
        ([], None, 2, "give either COLUMN=VALUE pairs or --file"),
        (["age=3", "--file", "-"], "", 2, "give either COLUMN=VALUE pairs or --file"),
        (["age"], None, 2, "'age': a column and its value are expected (write column=value)"),
        (["age=3", "age=4"], None, 2, "'age': it is given twice"),
        (["--file", "none.csv"], None, 2, "none.csv"),
        (["--file", "-"], '[{"age": 1}, 2]', 2, "a list of objects is expected"),
        (["--file", "-"], '{"age": }', 2, "this is no JSON"),
        (["--file", "-"], '{"age": 1}\n{"age": }\n', 2, "<stdin>:2: this is no JSON"),
        (["--file", "-"], "a,b\n1\n", 2, "<stdin>, row 1: 1 cells for 2 columns"),
        (["--file", "-"], "a,a\n1,2\n", 2, "a column comes twice in the header"),
        (["--url", "localhost", "a=1"], None, 2, "this is no address of a server"),
        (["--project", "none", "age=3"], None, 5, "there is nothing here"),
        (["--api-key-env", "NOBODY_SET", "age=3"], None, 5, "NOBODY_SET: this variable is not set"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, arguments: list[str], said: str | None, code: int, words: str) -> None:
    done = mw(folder, "ask", *arguments, said=said)
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_where_no_server_runs_it_is_said_what_to_do(trained_adult: Path, tmp_path: Path) -> None:
    assert mw(trained_adult, "ask", "age=3").stderr == (
        "mw: no server is running here (start it with `mw up`, or name one with --url)\n"
    )
    nowhere = mw(tmp_path, "label", "x", "1")
    assert nowhere.returncode == 5
    assert "or name a server with --url" in nowhere.stderr
    dead = mw(tmp_path, "ask", "--url", "http://127.0.0.1:9", "age=3", "--timeout", "0.1")
    assert dead.returncode == 1
    assert dead.stderr.startswith("mw: http://127.0.0.1:9: no answer: ")


def test_what_came_true_is_told_of_one_and_of_many(folder: Path, tmp_path: Path) -> None:
    ids = [one["id"] for one in asked(folder, "--file", "-", said=json.dumps(rows(4)))]
    one = mw(folder, "label", ids[0], ">50K")
    assert (one.returncode, one.stdout) == (0, "1 accepted, 0 refused.\n"), one.stderr
    (tmp_path / "labels.csv").write_text(f"id,value\n{ids[1]},<=50K\n{ids[2]},rich\n{ids[3]},>50K\n")
    many = mw(folder, "label", "--file", tmp_path / "labels.csv", "--source", "clerk")
    assert (many.returncode, many.stdout) == (1, "2 accepted, 1 refused.\n")
    assert many.stderr.splitlines() == ["  row 2, column 'value': \"rich\" is no class of the target (use one of <=50K, >50K)"]
    told = mw(folder, "label", "--file", "-", "--json", said=json.dumps({"labels": [{"id": "nobody", "value": ">50K"}]}))
    body = json.loads(told.stdout)
    assert (told.returncode, body["accepted"], body["refused"], body["errors"][0]["code"]) == (1, 0, 1, "label.id")
    kept = {label["prediction_id"]: label for label in lines_under(Logs.of(folder / ".millwright").labels)}
    assert {id: (label["value"], label["source"]) for id, label in kept.items()} == {
        ids[0]: (">50K", "api"),
        ids[1]: ("<=50K", "clerk"),
        ids[3]: (">50K", "clerk"),
    }


def test_labels_want_an_id_with_a_value_or_a_file(folder: Path) -> None:
    for arguments in ([], ["x"], ["x", "1", "--file", "-"]):
        done = mw(folder, "label", *arguments)
        assert done.returncode == 2
        assert "give either ID and VALUE, or --file" in done.stderr
