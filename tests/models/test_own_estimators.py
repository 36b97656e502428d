"""A person's own estimator: what is kept answers as it does, in the package's own terms, or it is refused with the reason."""

import warnings
from array import array
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from learnt import problems

from millwright.errors import DataRefused, NotFound, SpecError
from millwright.models.contributions import Explains
from millwright.models.evaluator import load_evaluator
from millwright.models.family import Fitted, Problem
from millwright.models.lightgbm_trees import ZERO
from millwright.models.onnx_evaluator import OnnxEvaluator
from millwright.models.onnx_model import onnx_model
from millwright.models.own import FILLED, OwnFamily
from millwright.models.own_code import OwnCode, read_own
from millwright.models.own_fit import fit_own
from millwright.models.own_model import OwnModel

FILE = Path(__file__).parent / "own_models.py"
CLASSES = ["german_credit.parquet", "kddcup99.parquet"]
ALL = [*CLASSES, "bike_sharing.parquet"]
TREES = [
    ("tree", "german_credit.parquet"), ("forest", "kddcup99.parquet"), ("forest", "bike_sharing.parquet"),
    ("scaled_forest", "german_credit.parquet"), ("boosted", "german_credit.parquet"), ("boosted", "kddcup99.parquet"),
    ("boosted", "bike_sharing.parquet"), ("histograms", "german_credit.parquet"), ("histograms", "kddcup99.parquet"),
    ("histograms", "bike_sharing.parquet"), ("lightgbm", "german_credit.parquet"), ("lightgbm", "bike_sharing.parquet"),
]  # fmt: skip
CONVERTER = pytest.mark.skipif(find_spec("skl2onnx") is None, reason="needs the extra sklearn-onnx")


def code(name: str, source: bytes | None = None) -> OwnCode:
    return OwnCode(f"models.py:{name}", "models.py", name, FILE.read_bytes() if source is None else source)


def gappy(sample: str) -> Problem:
    """A sample with missing cells in every column."""
    problem = problems(sample)[0]
    gaps = np.random.default_rng(7).random(problem.X.shape) < 0.05
    return replace(problem, X=np.where(gaps, np.nan, problem.X))


@cache
def kept(name: str, sample: str) -> tuple[Fitted, OwnModel]:
    """What is kept of an estimator, and the estimator itself, fitted once more."""
    problem = gappy(sample)
    fitted = OwnFamily(code(name)).fit(problem, {}, valid=None, seed=5, keep_going=lambda: True)
    return fitted, fit_own(code(name), problem, 5)


def pressing(model: OwnModel) -> np.ndarray:
    """Rows that the estimator was not fitted on, with numbers at and beside those that it was, and gaps."""
    X, rng = model.problem.X, np.random.default_rng(11)
    mixed = np.stack([rng.permutation(column) for column in X.T], axis=1)[:400]
    chosen = list(model.problem.categorical)
    beside = np.nextafter(mixed, rng.choice([-np.inf, np.inf], mixed.shape))
    halves = (mixed + np.roll(mixed, 1, axis=0)) / 2.0  # where scikit-learn puts its thresholds
    singles = np.nextafter(mixed.astype(np.float32), np.float32(np.inf)).astype(np.float64)
    codes = rng.integers(-1, 40, (len(mixed), len(chosen))).astype(float)  # those of categories are whole, and some unseen
    for changed in (beside, halves, singles):
        changed[:, chosen] = codes
    rows = np.vstack([mixed, beside, halves, singles, np.full((1, X.shape[1]), np.nan)])
    return np.where(np.abs(rows) <= ZERO, 0.0, rows)  # what LightGBM takes for zero, it takes for zero here as well


def refused(source: str, name: str = "it", sample: str = "german_credit.parquet") -> str:
    with pytest.raises(DataRefused) as found:
        OwnFamily(code(name, source.encode())).fit(problems(sample)[0], {}, valid=None, seed=1, keep_going=lambda: True)
    return str(found.value)


def said_by(model: OwnModel, X: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.said(X)


@pytest.mark.parametrize(("name", "sample"), TREES)
def test_trees_give_every_row_the_answer_of_the_estimator(name: str, sample: str) -> None:
    fitted, model = kept(name, sample)
    X = pressing(model)
    said = said_by(model, X)
    forest = name in ("tree", "forest", "scaled_forest") and model.problem.task != "regression"
    assert fitted.evaluator == ("shares" if forest else "lightgbm")
    raw = load_evaluator(fitted.evaluator, fitted.files).batch(X)
    theirs = model.floored(said) if fitted.evaluator == "shares" else said
    assert np.abs(model.answers(raw) - theirs).max() <= 1e-9 * max(1.0, np.abs(said).max())
    assert sum(share for _, share in fitted.importance) == pytest.approx(1.0)
    assert np.ptp(raw, axis=0).max() > 0.1


@pytest.mark.skipif(find_spec("xgboost") is None, reason="needs the extra xgboost")
@pytest.mark.parametrize("sample", ALL)
def test_the_wrapper_of_xgboost_is_kept_within_its_float32_sums(sample: str) -> None:
    fitted, model = kept("xgboost", sample)
    X = pressing(model)
    said = said_by(model, X)
    raw = load_evaluator(fitted.evaluator, fitted.files).batch(X)
    assert fitted.evaluator == "lightgbm"
    assert np.abs(model.answers(raw) - said).max() <= 2e-6 * max(1.0, np.abs(said).max())


@pytest.mark.parametrize(
    ("name", "sample"),
    [("logistic", "german_credit.parquet"), ("logistic", "kddcup99.parquet"), ("margins", "german_credit.parquet"),
     ("margins", "kddcup99.parquet"), ("discriminant", "german_credit.parquet"), ("ridge", "bike_sharing.parquet")],
)  # fmt: skip
def test_coefficients_become_our_linear_model_with_its_scalers_and_medians(name: str, sample: str) -> None:
    fitted, model = kept(name, sample)
    X = pressing(model)
    said = said_by(model, X)
    evaluator = load_evaluator(fitted.evaluator, fitted.files)
    assert fitted.evaluator == "linear"
    assert np.abs(model.answers(evaluator.batch(X)) - said).max() <= 1e-9 * max(1.0, np.abs(said).max())
    assert (fitted.note == FILLED) == (name in ("margins", "discriminant"))


@pytest.mark.parametrize("sample", CLASSES)
def test_shares_of_a_forest_have_the_same_bits_alone_and_together_and_say_why(sample: str) -> None:
    fitted, model = kept("forest", sample)
    X = pressing(model)[:300]
    evaluator = load_evaluator(fitted.evaluator, fitted.files)
    raw = evaluator.batch(X)
    assert np.isfinite(raw).all()
    assert np.array([evaluator.row(array("d", row)) for row in X.tolist()]).tobytes() == raw.tobytes()
    assert isinstance(evaluator, Explains)
    parts = evaluator.contributions(X)
    assert np.abs(parts.sum(axis=2) - raw).max() <= 1e-9 * np.abs(raw).max()
    assert np.ptp(parts[:, :, -1]) <= 1e-9 or len(raw.T) > 1
    unused = [at for at in range(X.shape[1]) if at not in evaluator.used()]
    assert not parts[:, :, unused].any()


@pytest.mark.parametrize("sample", CLASSES)
def test_a_forest_is_written_as_onnx(sample: str) -> None:
    fitted, model = kept("forest", sample)
    X = pressing(model)[:300]
    graph = OnnxEvaluator(onnx_model(fitted.evaluator, fitted.files, X.shape[1]))
    raw = load_evaluator(fitted.evaluator, fitted.files).batch(X)
    assert np.abs(graph.batch(X) - raw).max() <= 1e-12 * np.abs(raw).max()


@CONVERTER
@pytest.mark.parametrize(
    ("name", "sample"),
    [("bayes", "german_credit.parquet"), ("bayes", "kddcup99.parquet"), ("counts", "bike_sharing.parquet"),
     ("one_against_rest", "kddcup99.parquet")],
)  # fmt: skip
def test_what_else_the_converter_knows_is_kept_as_onnx(name: str, sample: str) -> None:
    fitted, model = kept(name, sample)
    X = model.problem.X[:200]
    said = said_by(model, X)
    raw = load_evaluator(fitted.evaluator, fitted.files).batch(X)
    assert fitted.evaluator == "onnx"
    assert fitted.note == FILLED
    assert np.abs(model.answers(raw) - model.floored(said)).max() <= 1e-5 * max(1.0, np.abs(said).max())


def test_without_the_converter_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millwright.models.own_onnx.find_spec", lambda name: None)
    said = refused(FILE.read_text(), "bayes")
    assert said == (
        "GaussianNB cannot be kept safely: as ONNX: the converter is not installed: pip install 'millwright[sklearn-onnx]'"
    )


def test_what_keeps_rows_is_refused_also_within_something_else() -> None:
    reason = "keeps rows that it learnt from, which a package must not hold"
    assert refused(FILE.read_text(), "neighbours").endswith(f"as ONNX: KNeighborsClassifier {reason}")
    bagged = "from sklearn.ensemble import *\nfrom sklearn.svm import SVC\n"
    assert refused(bagged + "it = BaggingClassifier(SVC(), 2)").endswith(f"as ONNX: SVC {reason}")


def test_what_answers_otherwise_than_its_trees_is_refused() -> None:
    source = (
        FILE.read_text()
        + """
class Stubborn(RandomForestClassifier):
    def predict_proba(self, X):
        shares = super().predict_proba(X)
        shares[:, 0], shares[:, 1] = shares[:, 0] * 0.99, 1 - shares[:, 0] * 0.99
        return shares
"""
    )
    assert "as trees: its answers would be up to 0.0" in refused(source, "Stubborn")


@pytest.mark.parametrize("name", ["fitted", "Own", "an_instance"])
def test_a_function_that_fits_a_class_and_an_instance_will_do(name: str) -> None:
    fitted, again = (
        OwnFamily(code(name)).fit(problems("german_credit.parquet")[0], {}, valid=None, seed=5, keep_going=lambda: True)
        for _ in range(2)
    )
    assert fitted.evaluator == ("lightgbm" if name == "fitted" else "shares")
    assert fitted.files == again.files, "random parts get the seed"


ODD_SHAPE = """
class it:
    classes_ = [0, 1]
    def fit(self, X, y): self.a_ = 1
    def predict(self, X): ...
    def predict_proba(self, X): return X[:, 0]
"""
MISTAKES = {
    "it = 3": "it is an int: it must be an estimator, or a function that gives one",
    "def it(): return None": "it gives nothing, which has no predict: return an estimator as scikit-learn's are",
    "def it(rows, seed): ...": "it asks for rows (what has no default must be one of X, y, seed, task, classes, ",
    "def it():\n    x = 1\n    return x / 0": "models.py:3: ZeroDivisionError: division by zero",
    "import no_such_thing\nit = 1": "models.py:1: ModuleNotFoundError: No module named 'no_such_thing'",
    "from sklearn.linear_model import Ridge as it": "it gives a Ridge, which gives no shares of classes, nor scores: ",
    "from sklearn.svm import LinearSVC\nit = LinearSVC(C=-1)": "models.py, it: InvalidParameterError: The 'C' parameter ",
    ODD_SHAPE: "it: its predict_proba gives an array of shape (3,) for 3 rows, and not (3, 2)",
    "import sklearn.tree as t\ndef it(X, y): return t.DecisionTreeClassifier().fit(X, y + 5)": "it: it tells the classes [5,",
}


@pytest.mark.parametrize(("source", "said"), MISTAKES.items())
def test_a_mistake_is_told_in_one_line(source: str, said: str) -> None:
    found = refused(source)
    assert found.startswith(said)
    assert "\n" not in found


def test_the_file_is_looked_at_without_being_run(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("raise SystemExit\n\ntry:\n    import a.b\nexcept ImportError:\n    forest = 1\n")
    (own,) = read_own(tmp_path, ["linear", "models.py:forest", "models.py:forest"])
    assert own.source == (tmp_path / "models.py").read_bytes()
    (tmp_path / "bad.py").write_text("x = (\n")
    (tmp_path / "out.py").symlink_to(FILE)
    for family, kind, words in (
        ("models.py:forrest", NotFound, 'did you mean "forest"?'),
        ("modles.py:forest", NotFound, 'did you mean "models.py"?'),
        ("bad.py:x", SpecError, "bad.py:1:5: not Python: '(' was never closed"),
        ("out.py:forest", SpecError, "its file is a link to outside of the project's folder"),
        ("../models.py:forest", SpecError, "its file lies outside of the project's folder"),
        ("models.txt:forest", SpecError, "it names no Python file"),
        ("models.py:a b", SpecError, "no name in a Python file"),
    ):
        with pytest.raises(kind) as found:
            read_own(tmp_path, [family])
        assert words in str(found.value)
