"""One run of the comparison: how rows are divided, a process measured and ended, rows kept, and figures made of them."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from comparing import compare, figures, is_noisy
from kept import Kept, Key, Row
from printing import as_text
from process import ask
from splits import lay_split
from tables import DEFAULT, TABLES, paths_of, read_table
from tools import TOOLS
from trying import again

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
CORES = tuple(sorted(os.sched_getaffinity(0))[-1:]) if hasattr(os, "sched_getaffinity") else ()
READY = "import os, sys, time, subprocess; print('{}', flush=True); sys.stdin.readline(); "


def asked(code: str, limit: float = 20.0):
    return ask([sys.executable, "-S", "-c", READY + code], os.environ, CORES, limit)


def sample(name: str) -> pd.DataFrame:
    return read_table(TABLES[name], paths_of(TABLES[name], None, SAMPLES))


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.sample])
def test_a_table_is_divided_without_leaks_and_the_same_way_again(name: str, tmp_path: Path) -> None:
    table, frame = TABLES[name], sample(name)
    first, second = (lay_split(table, frame, 1, tmp_path / part) for part in ("a", "b"))
    train, test = (pd.DataFrame(duck(path)) for path in (first.train, first.test))
    assert len(train) + len(test) == len(frame)
    assert len(test) / len(frame) == pytest.approx(0.25, abs=0.01)
    assert not {*table.leaks} & {*train.columns}
    assert table.target not in test.columns
    assert first.digest == second.digest
    assert (
        first.digest
        != lay_split(table, frame.assign(**{table.target: frame[table.target].to_numpy()[::-1]}), 1, tmp_path).digest
    )
    if table.time:
        assert train[table.time].max() <= test[table.time].min()
    elif table.task != "regression":
        shares = [np.bincount(part) / len(part) for part in (first.truth, first.learnt)]
        assert np.abs(shares[0] - shares[1]).max() < 0.02


def duck(path: Path) -> pd.DataFrame:
    import duckdb

    return duckdb.read_parquet(str(path)).df()


def test_another_seed_asks_other_rows_where_rows_are_drawn(tmp_path: Path) -> None:
    for name, differ in (("german_credit", True), ("bike_sharing", False)):
        digests = {lay_split(TABLES[name], sample(name), seed, tmp_path / f"{seed}").digest for seed in (0, 1)}
        assert (len(digests) == 2) is differ


def test_all_tables_of_the_default_are_named() -> None:
    assert {*DEFAULT} < {*TABLES}
    assert len(DEFAULT) == 6


def test_a_process_is_timed_from_go_to_done_with_all_that_it_started() -> None:
    eat = "import time\nx = bytearray(60_000_000)\nwhile time.process_time() < 0.2: pass"
    one = f"subprocess.run([sys.executable, '-S', '-c', {eat!r}]); "
    outcome = asked(one + one + "time.sleep(0.2); print('{\"n\": 1}', flush=True)")
    assert outcome.said == {"n": 1}
    assert 0.6 <= outcome.wall < 20
    assert 0.35 <= outcome.cpu <= outcome.wall  # of both, though they are gone
    assert outcome.peak_mb > 60
    assert outcome.error == ""


def test_a_process_that_overruns_is_killed_with_those_it_started(tmp_path: Path) -> None:
    child = f"import time, os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    outcome = asked(f"subprocess.Popen([sys.executable, '-S', '-c', {child!r}], start_new_session=True); time.sleep(60)", 1.0)
    assert outcome.said is None
    assert outcome.error == "killed after 1 s"
    pid = int((tmp_path / "pid").read_text())
    for _ in range(50):
        if not is_alive(pid):
            break
        time.sleep(0.02)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_a_process_that_dies_says_why_before_and_after_it_was_ready() -> None:
    outcome = asked("raise ValueError('no such column')")
    assert (outcome.said, outcome.error) == (None, "ValueError: no such column")
    early = ask([sys.executable, "-S", "-c", "import nothing_of_that_name"], os.environ, CORES, 5)
    assert early.error == "did not start: ModuleNotFoundError: No module named 'nothing_of_that_name'"


def row_of(tool: str, seed: int = 0, table: str = "german_credit", **more: object) -> Row:
    key = Key(tool, "1.0", "machine", table, "digest", seed, 60.0, 1)
    made = Row(key, fit_s=61.0, share=0.99, peak_mb=300.0, size_mb=1.0, load_s=0.1, p50_ms=0.1, p99_ms=0.2, row_gap=0.0)
    return replace(made, notes={"search_s": 60.0}, **more)


def test_rows_are_found_again_under_their_own_key_alone(tmp_path: Path) -> None:
    kept, row = Kept(tmp_path), row_of("hgb")
    kept.add(row)
    assert kept.find(row.key) is None  # a row without its predictions cannot be scored
    np.save(kept.path(row.key), np.zeros(3))
    failed = row_of("flaml", error="killed after 240 s")
    kept.add(failed)
    with open(tmp_path / "rows.jsonl", "a") as file:
        file.write('{"key": {"harness": 1, "to')  # cut short
    later = Kept(tmp_path)
    assert later.find(row.key) == row
    assert later.find(failed.key) == failed
    others = [replace(row.key, **{name: change}) for name, change in (("version", "1.1"), ("data", "x"), ("seed", 1))]
    assert [later.find(key) for key in others] == [None, None, None]


def test_rows_of_another_harness_are_not_used(tmp_path: Path) -> None:
    plain = row_of("hgb", error="died").as_plain()
    plain["key"]["harness"] = 0
    (tmp_path / "rows.jsonl").write_text(json.dumps(plain) + "\n")
    assert Kept(tmp_path).find(Key(**plain["key"])) is None


def test_a_second_try_takes_plain_names_and_millwright_gets_none() -> None:
    job = {"plain_names": False, "options": {"presets": "good_quality"}}
    assert again(TOOLS["millwright"], job) == job
    assert again(TOOLS["lightgbm"], job) == {**job, "plain_names": True}
    assert again(TOOLS["ag_deploy"], job)["options"] == {"presets": "good_quality", "fit": {"dynamic_stacking": False}}


@pytest.fixture
def found(tmp_path: Path):
    """Three tools on one split: one that knows the truth, one that does nearly, one that failed; and one on a busy machine."""
    laid = lay_split(TABLES["german_credit"], sample("german_credit"), 0, tmp_path / "split")
    kept, chance = Kept(tmp_path / "kept"), np.random.default_rng(1)
    rows = {"millwright": row_of("millwright"), "hgb": row_of("hgb", p50_ms=20.0, peak_mb=200.0)}
    rows["flaml"] = row_of("flaml", error="killed after 240 s", crashes=("fit: killed after 240 s",))
    rows["ag_deploy"] = row_of("ag_deploy", share=0.5, p50_ms=9.0)
    for name, noise in (("millwright", 0.1), ("hgb", 3.0), ("ag_deploy", 1.0)):
        np.save(kept.path(rows[name].key), laid.truth + noise * chance.normal(size=len(laid.truth)))
    return kept, [(laid, rows)]


def test_figures_come_from_the_rows_and_noisy_ones_are_left_out(found) -> None:
    kept, splits = found
    by_name = {figure.name: figure for figure in figures(compare(60.0, splits, kept, allow_noisy=False))}
    assert by_name["search.60s.millwright.mean_rank"].value == 1.0
    assert by_name["search.60s.millwright.wins_against_hgb"].met is True
    assert by_name["search.60s.millwright.wins_against_flaml"].value == 1.0
    assert "search.60s.millwright.wins_against_ag_deploy" not in by_name
    assert by_name["search.60s.score.german_credit.flaml"].value is None
    assert by_name["search.60s.flaml.crashes"].value == 1
    assert by_name["search.60s.millwright.times_faster_than_hgb"].value == pytest.approx(200)
    assert by_name["search.60s.millwright.search_overrun.worst"].met is True


def test_noisy_rows_are_used_where_that_is_asked_for(found) -> None:
    kept, splits = found
    compared = compare(60.0, splits, kept, allow_noisy=True)
    by_name = {figure.name: figure for figure in figures(compared)}
    assert by_name["search.60s.millwright.wins_against_ag_deploy"].value == 1.0
    assert by_name["search.60s.millwright.wins_against_ag_deploy.low"].bar == 0.4
    assert by_name["search.60s.millwright.times_faster_than_ag_deploy"].met is True
    assert [row.key.tool for row in compared.noisy] == ["ag_deploy"]
    assert is_noisy(row_of("flaml", share=0.84))
    assert not is_noisy(row_of("flaml", share=None))
    assert not is_noisy(row_of("hgb", share=0.5))  # it has no budget: it learns the same, only later


def test_the_command_says_what_it_leaves_out_and_begins_nothing_when_time_is_up(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "search" / "run.py"
    asked_for = ["--sets", "german_credit", "mammography", "--only", "millwright", "hgb", "--minutes", "0.01", "--json"]
    done = subprocess.run([sys.executable, str(script), *asked_for, "--cache", str(tmp_path)], capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"figures": []})
    for said in (
        "the samples that ship",
        "mammography: left out",
        "hgb: not run",
        "german_credit millwright: not run, the time",
    ):
        assert said in done.stderr


def test_the_text_names_the_best_of_each_set_and_what_went_wrong(found) -> None:
    kept, splits = found
    text = as_text(compare(60.0, splits, kept, allow_noisy=False))
    scores = next(line for line in text.splitlines() if line.startswith("german_credit  0"))
    assert scores.count("*") == 1
    assert "german_credit flaml: fit: killed after 240 s" in text
    assert "german_credit ag_deploy: 0.50 of the core" in text
