"""Every metric, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from millwright.errors import NotFound, nearest
from millwright.metrics.calibration import calibration_error
from millwright.metrics.decisions import accuracy, balanced_accuracy, f1
from millwright.metrics.metric import Metric
from millwright.metrics.ordered import rank_error, ranked_probability_score
from millwright.metrics.probability import brier, log_loss
from millwright.metrics.ranking import average_precision, roc_auc
from millwright.metrics.values import mae, poisson_deviance, r2, rmse, rmsle

_ALL = (
    log_loss,
    roc_auc,
    average_precision,
    brier,
    accuracy,
    balanced_accuracy,
    f1,
    calibration_error,
    ranked_probability_score,
    rank_error,
    rmse,
    mae,
    r2,
    rmsle,
    poisson_deviance,
)

METRICS: Mapping[str, Metric] = MappingProxyType({each.name: each for each in _ALL})


def metric(name: str) -> Metric:
    """The metric of that name. Raises NotFound, naming the nearest."""
    if name not in METRICS:
        fix = nearest(name, METRICS) or f"one of {', '.join(METRICS)}"
        raise NotFound(f'there is no metric "{name}"', fix=fix, code="metric.unknown")
    return METRICS[name]
