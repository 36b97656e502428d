"""One row in this process: from a dict to a probability, beside the model's own fastest call and scikit-learn's pipeline."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from figure import Figure, compared
from intervals import median_interval, quantile, ratio_interval, take_turns
from mixed_model import CATEGORIES, LEAVES, NUMBERS, TREES

if TYPE_CHECKING:
    from site_of_run import Site

PAIRS, ROWS, FRAMES = 21, 400, 40
READY_BAR, PIPELINE_BAR = 1.25, 100.0


class Timed:
    """A function that is called on rows in turn; calling this times some calls and gives their median in µs."""

    def __init__(self, function: Callable[[Any], Any], rows: Sequence[Any], calls: int = ROWS) -> None:
        self._function, self._rows, self._calls = function, cycle(rows), calls
        self.taken: list[float] = []
        self()
        self.taken.clear()

    def __call__(self) -> float:
        taken = []
        for row in islice(self._rows, self._calls):
            began = perf_counter_ns()
            self._function(row)
            taken.append((perf_counter_ns() - began) / 1e3)
        self.taken += taken
        return quantile(taken, 0.5)


def figures(site: "Site") -> Iterator[Figure]:
    """Medians in microseconds and their ratios."""
    site.say("one row in this process")
    from millwright.models.lightgbm_native import LightGBMEvaluator

    scorer = site.payload.scorer
    site.say(f"answered by {scorer.info.evaluator}")
    vectors = [scorer.vector(scorer.check(row, 1)[0]) for row in site.rows]
    evaluator = LightGBMEvaluator(site.model_file.read_bytes())
    answer = Timed(lambda row: scorer.answer_rows((row,)), site.rows)
    ready = Timed(evaluator.row, vectors)
    pipeline = Timed(_pipeline(site), site.rows, FRAMES)
    by_ready = ratio_interval(take_turns(answer, ready, PAIRS))
    by_pipeline = ratio_interval(take_turns(pipeline, answer, PAIRS))
    for name, timed in (("dict", answer), ("ready", ready), ("pipeline", pipeline)):
        found = median_interval(timed.taken)
        yield Figure(f"process.{name}_p50", found.median, "us", n=found.n, low=found.low, high=found.high)
    trees = f"{TREES} trees of {LEAVES} leaves"
    yield compared("process.dict_to_answer", by_ready, "ratio", f"the single-row-fast call on a ready row, {trees}", READY_BAR)
    yield compared(
        "process.pipeline", by_pipeline, "ratio", "ours; scikit-learn's pipeline on a one-row frame", PIPELINE_BAR, "higher"
    )


def _pipeline(site: "Site") -> Callable[[Any], Any]:
    """OrdinalEncoder and LGBMClassifier of the same size on the same rows, asked with a frame of one row."""
    import duckdb
    import lightgbm
    import pandas
    from mixed_model import COLUMNS, TABLE, TARGET
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    with duckdb.connect() as connection:
        frame = connection.execute(f"from read_parquet('{site.project.path.parent / TABLE}')").df()
    encode = ColumnTransformer(
        [("codes", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), list(CATEGORIES))],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    model = lightgbm.LGBMClassifier(n_estimators=TREES, num_leaves=LEAVES, n_jobs=1, verbosity=-1)
    kinds: dict[str, Any] = {**dict.fromkeys(NUMBERS, "float64"), **dict.fromkeys(CATEGORIES, "object")}
    pipeline = Pipeline([("encode", encode), ("model", model)]).fit(frame[list(COLUMNS)].astype(kinds), frame[TARGET])
    return lambda row: pipeline.predict_proba(pandas.DataFrame([row]).astype(kinds))
