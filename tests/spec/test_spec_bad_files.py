"""Every kind of mistake in a spec file gets one plain message at its place, and nothing else."""

import os
import re
import tracemalloc

import pytest
from bad_specs import BAD_TEXTS, bombs
from spec_samples import SMALL, with_rest

from millwright.errors import MillwrightError, SpecError
from millwright.spec.file import LARGEST
from millwright.spec.load import load_spec, parse_spec


@pytest.mark.parametrize(("text", "message"), BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
def test_a_bad_spec_gets_one_exact_message(text: str, message: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(text, "millwright.yaml", {"FOLDER": "/data", "DB_PASSWORD": "hunter2"})
    problems = [str(problem).splitlines()[0] for problem in refused.value.problems]
    assert problems == [f"millwright.yaml:{message}"]
    assert "hunter2" not in str(refused.value)


BAD_NAMES = ["a/b", r'"a\0b"', "späte-züge", '"🚂"', "a" * 300, "a.", "Trips", '"\\u202Espirt"', '"-a"', '" "', '"../a"', "a b"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_s27_a_name_that_could_not_be_a_folder_is_refused(name: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(SMALL.replace("trips\n", name + "\n", 1), "millwright.yaml", {})
    (problem,) = refused.value.problems
    assert "cannot name a project" in problem.message
    assert problem.fix.startswith("use 1 to 63 lower-case letters")
    assert all(c.isprintable() or c == "\n" for c in str(problem))


def test_s27_a_device_name_of_windows_is_refused() -> None:
    with pytest.raises(SpecError, match="'con' is a reserved name on Windows"):
        parse_spec(SMALL.replace("trips\n", "con\n", 1), "millwright.yaml", {})


@pytest.mark.parametrize(
    "text", [SMALL + bombs(), SMALL + "a: &a {<<: *a}\n", SMALL + "b: *nowhere\n"], ids=["S09", "S11", "alias"]
)
def test_s09_s11_anchors_and_aliases_are_never_followed(text: str) -> None:
    with pytest.raises(SpecError, match=r"anchors \(&\) and aliases \(\*\) are not used here"):
        parse_spec(text, "millwright.yaml", {})


BAD_BYTES = {
    "S02 Latin-1": (SMALL.replace("late", "spät").encode("latin-1"), ":4:13: this byte is not UTF-8 (save the file as UTF-8)"),
    "S02 UTF-16 cut short": (b"\xff\xfea\x00b", ":1:2: this byte is not UTF-16 (save the file as UTF-8)"),
    "S12 too long": (b"#" * (LARGEST + 1), ": the file is longer than 1,000,000 bytes (a spec is a few pages of text)"),
}


@pytest.mark.parametrize(("raw", "message"), BAD_BYTES.values(), ids=BAD_BYTES.keys())
def test_bytes_that_are_no_spec(tmp_path, raw: bytes, message: str) -> None:
    path = tmp_path / "millwright.yaml"
    path.write_bytes(raw)
    with pytest.raises(SpecError) as refused:
        load_spec(path, {})
    assert str(refused.value).splitlines()[0] == f"{path}{message}"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_s03_byte_order_marks_are_understood(tmp_path, encoding: str) -> None:
    path = tmp_path / "millwright.yaml"
    path.write_bytes(SMALL.replace("late", "spät").encode(encoding))
    assert load_spec(path, {}).data.target == "spät"


def test_a_very_long_line_is_shown_in_part() -> None:
    text = SMALL + "x" * 100_000 + ": 1\n"
    with pytest.raises(SpecError) as refused:
        parse_spec(text, "millwright.yaml", {})
    assert len(str(refused.value)) < 1000


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
project: Trips
data:
  source: ~/trips.csv
  taget: late
  task: bin
  key: id
split: {holdout: 0, folds: "3"}
search: {budget: 60, metric: rmse}
gates:
  - {metric: roc_auc, min: 0.9, max: 0.8}
"""
    with pytest.raises(SpecError) as refused:
        parse_spec(text, "millwright.yaml", {})
    places = [tuple(map(int, problem.where.split(":")[1:])) for problem in refused.value.problems]
    assert places == sorted(places)
    assert [line for line, _ in places] == [1, 2, 3, 4, 5, 6, 7, 7, 8, 10]
    for problem in refused.value.problems:
        assert problem.source.strip()
        assert problem.column <= len(problem.source)


def test_a_caret_stands_under_the_mistake() -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(with_rest("split: {folds: 1}"), "millwright.yaml", {})
    assert str(refused.value).splitlines()[1:] == ["    split: {folds: 1}", "                   ^"]


def test_what_a_check_cannot_know_it_does_not_claim() -> None:
    """The task is misspelt, so nothing is said about whether the metric fits it."""
    with pytest.raises(SpecError) as refused:
        parse_spec(with_rest("search: {metric: rmse}").replace("binary", "bin"), "millwright.yaml", {})
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo"])
def test_a_path_that_is_no_file(tmp_path, kind: str) -> None:
    path = tmp_path / "millwright.yaml"
    if kind == "folder":
        path.mkdir()
    if kind == "fifo":
        os.mkfifo(path)
    with pytest.raises(MillwrightError) as refused:
        load_spec(path, {})
    assert str(path) in str(refused.value)
    assert refused.value.exit_code in (2, 5)


def test_a_bomb_is_never_unfolded() -> None:
    tracemalloc.start()
    with pytest.raises(SpecError):
        parse_spec(SMALL + bombs(30), "millwright.yaml", {})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


HOSTILE = {
    "deep": "[" * 200_000,
    "deep keys": "? " * 30_000,
    "many values": SMALL + "x: [" + "a, " * 100_000 + "]\n",
    "many keys": SMALL + "".join(f"k{n}: 1\n" for n in range(30_000)),
    "one key, many times": SMALL + "a: b\n" * 30_000,
    "one long word": "x" * 200_000,
    "one long number": SMALL + "a: " + "9" * 200_000,
    "one long tag": "!" * 200_000 + " x",
    "only line ends": "\n" * 200_000,
    "a quote over many lines": "a: 'x\n" + "\n" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_refused_without_doing_its_work(text: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse_spec(text, "millwright.yaml", {})
    assert len(refused.value.problems) <= 51
    assert len(str(refused.value)) < 20_000


def test_messages_never_show_a_traceback_or_a_pydantic_address() -> None:
    for text, _ in BAD_TEXTS.values():
        with pytest.raises(SpecError) as refused:
            parse_spec(text, "millwright.yaml", {"FOLDER": "/data"})
        assert not re.search(r"Traceback|pydantic|Input should|errors\.", str(refused.value))
