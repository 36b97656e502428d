import gc
import subprocess
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learnt import problems

from millwright.errors import PackageRefused
from millwright.models.families import family
from millwright.models.lightgbm_native import LightGBMEvaluator
from millwright.models.lightgbm_text import FILE, check_text


@cache
def model_text() -> bytes:
    problem, _ = problems("german_credit.parquet")
    fitted = family("lightgbm").fit(problem, {"num_iterations": 8}, valid=None, seed=1, keep_going=lambda: True)
    return fitted.files[FILE]


@pytest.mark.parametrize("sample", ["adult.parquet", "kddcup99.parquet", "bike_sharing.parquet"])
def test_scores_are_those_of_the_python_package(sample: str) -> None:
    problem, valid = problems(sample)
    fitted = family("lightgbm").fit(problem, {"num_iterations": 20}, valid=None, seed=1, keep_going=lambda: True)
    theirs = lightgbm.Booster(model_str=fitted.files[FILE].decode()).predict(valid.X, raw_score=True)
    mine = LightGBMEvaluator.load(fitted.files).batch(valid.X)
    assert mine.tobytes() == np.ascontiguousarray(theirs).tobytes()


def test_threads_do_not_disturb_each_other() -> None:
    _, valid = problems("german_credit.parquet")
    scorer = LightGBMEvaluator(model_text())
    truth = scorer.batch(valid.X)

    def work(seed: int) -> bool:
        order = np.random.default_rng(seed).permutation(len(valid.X))
        rows = [scorer.row(array("d", valid.X[i].tolist())) for i in order]
        return rows == truth[order].tolist() and scorer.batch(valid.X[order]).tobytes() == truth[order].tobytes()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(24)))


def test_handles_are_given_back() -> None:
    text = model_text() * 1
    for _ in range(50):
        LightGBMEvaluator(text)
    gc.collect()
    before = _resident()
    for _ in range(400):
        LightGBMEvaluator(text)
    gc.collect()
    assert _resident() - before < 400 * len(text) / 4


def _resident() -> int:
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("needs /proc")
    return int(status.read_text().split()[1]) * 4096


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: b"",
        lambda text: b"tree\n",
        lambda text: text[:-1],
        lambda text: text[: len(text) // 2],
        lambda text: text + b"x",
        lambda text: text.replace(b"Tree=3\n", b"Tree=4\n"),
        lambda text: text.replace(b"leaf_value=", b"leaf_value=1", 1),
        lambda text: text.replace(b"tree_sizes=", b"tree_sizes=9", 1),
        lambda text: text.replace(b"tree_sizes=", b"tree_size=", 1),
        lambda text: text.replace(b"=", b"=\0", 1),
        lambda text: text.replace(b"shrinkage=0.1", b"shrinkage=0\x001", 1),
        lambda text: text.replace(b"version=v4", b"version=v9", 1),
    ],
)
def test_a_damaged_text_is_refused_before_the_native_parser_sees_it(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PackageRefused):
        LightGBMEvaluator(damage(model_text()))


def test_an_error_that_lightgbm_reports_is_a_refusal() -> None:
    with pytest.raises(PackageRefused, match="LightGBM"):
        LightGBMEvaluator(model_text().replace(b"num_class=1", b"num_clazz=1", 1))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_cut_or_insertion_gets_past_the_check(data: st.DataObject) -> None:
    text = model_text()
    body = text.index(b"Tree=0")
    at = data.draw(st.integers(body, len(text) - 20))
    length = data.draw(st.integers(1, 50))
    for damaged in (text[:at] + text[at + length :], text[:at] + b"7" * length + text[at:]):
        with pytest.raises(PackageRefused):
            check_text(damaged)


def test_the_python_package_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(model_text())
    code = f"""
import sys
from pathlib import Path
from millwright.models.evaluator import load_evaluator
load_evaluator("lightgbm", {{"{FILE}": Path({str(tmp_path / FILE)!r}).read_bytes()}})
print([m for m in ("pandas", "sklearn", "scipy", "lightgbm", "duckdb") if m in sys.modules])
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
