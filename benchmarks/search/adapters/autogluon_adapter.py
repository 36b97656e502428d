"""AutoGluon's presets, saved for deployment and kept in memory, as its guide tells those who serve."""

from pathlib import Path

import frames
import pandas as pd

METRICS = {"roc_auc": "roc_auc", "log_loss": "log_loss", "rmse": "root_mean_squared_error"}


def prepare(_job):
    """Import what a fit or an answer takes, as far as it can be imported before."""
    import autogluon.tabular
    import catboost
    import fastai.tabular.all
    import lightgbm
    import torch
    import xgboost

    return autogluon, catboost, fastai, lightgbm, torch, xgboost


def fit(job):
    """Fit by the preset and clone what answers."""
    from autogluon.tabular import TabularPredictor

    folder = Path(job["folder"])
    options = dict(job["options"])
    predictor = TabularPredictor(
        job["target"],
        problem_type=job["task"],
        eval_metric=METRICS[job["metric"]],
        path=str(folder.with_name(folder.name + "-whole")),
        verbosity=2,
    )
    predictor.fit(
        frames.read(job, "train"),
        time_limit=job["budget"],
        num_cpus=len(job["cores"]),
        num_gpus=0,
        **options.pop("fit", {}),
        **options,
    )
    predictor.clone_for_deployment(str(folder), dirs_exist_ok=True)
    return {"chosen": predictor.model_best, "trials": len(predictor.model_names())}


def load(job):
    """The clone, its models in memory."""
    return Loaded(job)


class Loaded:
    """A predictor that answers."""

    def __init__(self, job):
        from autogluon.tabular import TabularPredictor

        self.job = job
        self.predictor = TabularPredictor.load(job["folder"], require_py_version_match=False)
        self.predictor.persist()

    def _answers(self, X):
        if self.job["task"] == "regression":
            return self.predictor.predict(X).to_numpy()
        shares = self.predictor.predict_proba(X)
        return frames.in_order(shares, list(shares.columns), self.job)

    def many(self, _path):
        return self._answers(frames.read(self.job, "test"))

    def rows(self, _path, most):
        return frames.rows(self.job, most)

    def one(self, row):
        return self._answers(pd.DataFrame([row]))
