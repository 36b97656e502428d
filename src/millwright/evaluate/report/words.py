"""What metrics and tasks mean, in plain words."""

from collections.abc import Mapping

from millwright.evaluate.report.figures import moment
from millwright.evaluate.report.inputs import ReportInput
from millwright.metrics.registry import METRICS
from millwright.records.judging import Comparison, Interval
from millwright.records.spec import TaskName
from millwright.spec.own_names import own_name

_MEANING: Mapping[str, str] = {
    "log_loss": "how surprised the model is by what comes true; lower is better",
    "roc_auc": "how often a positive row gets a higher score than a negative one; 0.5 is chance, 1 is perfect",
    "average_precision": "precision over all thresholds; chance is the share of positive rows",
    "brier": "mean squared distance of the probability from what came true; lower is better",
    "accuracy": "share of rows decided rightly",
    "balanced_accuracy": "share decided rightly, each class counting the same",
    "f1": "balance of precision and recall of the decisions",
    "calibration_error": "how far stated probabilities lie from what comes true, on average; lower is better",
    "ranked_probability_score": "distance of probabilities from what came true, levels far off counting more; lower is better",
    "rank_error": "how many levels the decision lies from the truth, on average; lower is better",
    "rmse": "typical error in units of the target, large errors counting more; lower is better",
    "mae": "mean size of the error, in units of the target; lower is better",
    "r2": "share of the target's variation that is explained; 0 is the mean, 1 is perfect",
    "rmsle": "typical relative error; lower is better",
    "poisson_deviance": "distance from the truth for counts; lower is better",
}

_OUTPUT: Mapping[TaskName, str] = {
    "binary": "the probability that {target} is {positive}",
    "multiclass": "a probability for each of the {classes} values of {target}",
    "ordinal": "a probability for each of the {classes} levels of {target}, and the expected rank",
    "regression": "the expected value of {target}",
    "count": "the mean that {target} has in rows like this one",
}

_BASELINE: Mapping[TaskName, str] = {
    "binary": "a model that answers every row with the overall share",
    "multiclass": "a model that answers every row with the overall shares",
    "ordinal": "a model that answers every row with the overall shares of the levels",
    "regression": "a model that answers every row with the mean",
    "count": "a model that answers every row with the mean",
}

_FAMILY: Mapping[str, str] = {
    "baseline": "a constant answer",
    "linear": "a linear model",
    "lightgbm": "gradient-boosted decision trees (LightGBM)",
    "xgboost": "gradient-boosted decision trees (XGBoost)",
    "catboost": "gradient-boosted decision trees (CatBoost)",
    "net": "a small neural network",
    "imported": "a model made elsewhere",
}


def title_of(metric: str) -> str:
    """The metric's name as people say it."""
    return METRICS[metric].title if metric in METRICS else metric


def spoken(metric: str) -> str:
    """The metric's name inside a sentence: log loss, R², area under the ROC curve."""
    title = title_of(metric)
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def meaning_of(metric: str) -> str:
    """What the metric says, in half a sentence; empty for a metric from elsewhere."""
    return _MEANING.get(metric, "")


def output_of(report: ReportInput) -> str:
    """What the model answers."""
    info = report.info
    return _OUTPUT[info.task].format(target=info.target, positive=info.positive, classes=len(info.classes))


def baseline_of(report: ReportInput) -> str:
    """What the baseline is."""
    return _BASELINE[report.info.task]


def family_of(report: ReportInput) -> str:
    """What kind of model won."""
    config = report.candidate.trial.config
    if config.members:
        kind, _, members = config.name.partition(": ")
        return f"an {kind} models ({members}) whose weighted scores are added"
    family = config.family
    own = f"your own estimator, {family}" if own_name(family) else f"a model of the family {family}"
    return _FAMILY.get(family, own)


def origin_of(report: ReportInput) -> str:
    """What kind of model it is, and from what it was made."""
    made = report.candidate.imported
    if made is not None:
        return f"{family_of(report)}, {made.sentence}; on which rows it was trained is not known"
    return f"{family_of(report)}, learnt from {_learnt(report.split.train, report.split.train_until)}{_once_more(report)}"


def _learnt(rows: int, until: str | None) -> str:
    return f"{rows:,} rows" + (f" until {moment(until)}" if until else "")


def _once_more(report: ReportInput) -> str:
    """That what ships was fitted once more after it was judged, and whose the figures are."""
    if report.refit is None:
        return ""
    rows = _learnt(report.refit.rows, report.refit.until)
    return f", judged, and then fitted once more on {rows}: the figures are from before"


def main_comparison(report: ReportInput, against: str) -> Comparison | None:
    """The comparison on all rows by the main metric."""
    found = (
        c for c in report.evaluation.comparisons if (c.against, c.column, c.metric) == (against, None, report.evaluation.metric)
    )
    return next(found, None)


def main_metric(report: ReportInput) -> Interval:
    """The main metric on the sealed rows."""
    found = (m.interval for m in report.evaluation.metrics if m.name == report.evaluation.metric)
    return next(found, Interval(value=None, low=None, high=None, n=report.evaluation.rows))


def opponent(comparison: Comparison) -> str:
    """The other model of a comparison."""
    return "the baseline" if comparison.against == "baseline" else f"the live model {comparison.version or ''}".rstrip()


def outcome_of(comparison: Comparison) -> str:
    """Who is better, in a sentence that claims no more than the interval."""
    difference, other = comparison.difference, opponent(comparison)
    if difference.value is None or difference.low is None or difference.high is None:
        return f"It could not be told whether this model is better than {other}."
    if difference.low > 0:
        return f"This model is better than {other}."
    if difference.high < 0:
        return f"This model is worse than {other}."
    return f"This model and {other} cannot be told apart on these rows."
