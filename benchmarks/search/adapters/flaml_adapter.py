"""FLAML: its search as it comes, told the metric, the budget and the seed."""

import pickle
from pathlib import Path

import frames

METRICS = {"roc_auc": "roc_auc", "log_loss": "log_loss", "rmse": "rmse"}


def prepare(_job):
    """Import what a fit takes."""
    import flaml
    import lightgbm
    import xgboost

    return flaml.AutoML, lightgbm, xgboost


def fit(job):
    """Search and pickle, as its documentation does."""
    from flaml import AutoML

    X, y = frames.features_and_target(job)
    found = AutoML()
    found.fit(
        X_train=X,
        y_train=y,
        task="regression" if job["task"] == "regression" else "classification",
        metric=METRICS[job["metric"]],
        time_budget=job["budget"],
        n_jobs=len(job["cores"]),
        seed=job["seed"],
        verbose=0,
    )
    with open(Path(job["folder"]) / "automl.pickle", "wb") as file:
        pickle.dump((found, frames.types_of(X)), file)
    return {"chosen": str(found.best_estimator)}


def load(job):
    """What was pickled."""
    return Loaded(job)


class Loaded:
    """A search's best model."""

    def __init__(self, job):
        self.job = job
        with open(Path(job["folder"]) / "automl.pickle", "rb") as file:
            self.found, self.types = pickle.load(file)

    def _answers(self, X):
        if self.job["task"] == "regression":
            return self.found.predict(X)
        return frames.in_order(self.found.predict_proba(X), list(self.found.classes_), self.job)

    def many(self, _path):
        return self._answers(frames.read(self.job, "test"))

    def rows(self, _path, most):
        return frames.rows(self.job, most)

    def one(self, row):
        return self._answers(frames.one_row(row, self.types))
