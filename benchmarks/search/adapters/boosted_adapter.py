"""CatBoost, LightGBM and scikit-learn's boosted trees as they come: text as categories, dates as numbers, no search."""

import json
import pickle
from pathlib import Path

import frames
import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

MOST_OF_HGB = 255
"""Categories that scikit-learn's trees take in one column; columns with more are given as codes."""


def prepare(job):
    """Import what the job needs."""
    library(job).estimator()


def library(job):
    """What speaks to the job's library."""
    return {"catboost": CatBoost, "lightgbm": LightGBM, "hgb": Hgb}[job["options"]["library"]](job)


def fit(job):
    """Fit and save."""
    X, y = frames.features_and_target(job)
    plan = Plan.of(X)
    model = library(job)
    model.fit(plan, plan.typed(X), y)
    with open(Path(job["folder"]) / "plan.pickle", "wb") as file:
        pickle.dump(plan, file)
    return {"columns": len(X.columns)}


def load(job):
    """What was saved, ready to answer."""
    return Loaded(job)


class Plan:
    """Which columns are dates, numbers and categories, and which categories there are."""

    @classmethod
    def of(cls, X):
        plan = cls()
        plan.dates = [name for name in X if is_datetime64_any_dtype(X[name])]
        plan.numbers = [name for name in X if is_numeric_dtype(X[name]) and name not in plan.dates]
        plan.categories = {
            name: pd.CategoricalDtype(sorted(set(X[name].dropna().map(str))))
            for name in X
            if name not in plan.dates and name not in plan.numbers
        }
        plan.types = dict.fromkeys(plan.numbers, np.float64) | plan.categories
        return plan

    def typed(self, X):
        """The columns as floats and pandas categories; what was not seen in training is missing."""
        dates = {name: X[name].astype("datetime64[s]").astype("int64").astype(np.float64) for name in self.dates}
        return X.assign(**dates).astype(self.types)


class Loaded:
    """A fitted model with its plan."""

    def __init__(self, job):
        self.job = job
        with open(Path(job["folder"]) / "plan.pickle", "rb") as file:
            self.plan = pickle.load(file)
        self.model = library(job)
        self.model.load(self.plan)

    def _answers(self, X):
        typed = self.plan.typed(X)
        if self.job["task"] == "regression":
            return self.model.predict(typed)
        return frames.in_order(self.model.predict_proba(typed), self.model.classes, self.job)

    def many(self, _path):
        return self._answers(frames.read(self.job, "test"))

    def rows(self, _path, most):
        return frames.rows(self.job, most)

    def one(self, row):
        return self._answers(pd.DataFrame([row]))


class LightGBM:
    """LGBMClassifier and LGBMRegressor, kept as a pickle: that keeps their classes."""

    def __init__(self, job):
        self.job, self.file = job, Path(job["folder"]) / "model.pickle"

    def estimator(self):
        import lightgbm

        kind = lightgbm.LGBMRegressor if self.job["task"] == "regression" else lightgbm.LGBMClassifier
        return kind(n_jobs=len(self.job["cores"]), random_state=self.job["seed"], verbose=-1)

    def columns(self, _plan, X):
        return X

    def fit(self, plan, X, y):
        fitted = self.estimator().fit(self.columns(plan, X), y)
        with open(self.file, "wb") as file:
            pickle.dump(fitted, file)

    def load(self, plan):
        self.plan = plan
        with open(self.file, "rb") as file:
            self.fitted = pickle.load(file)
        self.classes = getattr(self.fitted, "classes_", ())

    def predict(self, X):
        return self.fitted.predict(self.columns(self.plan, X))

    def predict_proba(self, X):
        return self.fitted.predict_proba(self.columns(self.plan, X))


class Hgb(LightGBM):
    """HistGradientBoosting, categories by their type."""

    def estimator(self):
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingRegressor if self.job["task"] == "regression" else HistGradientBoostingClassifier
        return kind(random_state=self.job["seed"], categorical_features="from_dtype")

    def columns(self, plan, X):
        wide = [name for name, kind in plan.categories.items() if len(kind.categories) > MOST_OF_HGB]
        return X.assign(**{name: X[name].cat.codes.astype(np.float64) for name in wide})


class CatBoost:
    """CatBoostClassifier and CatBoostRegressor, kept in their own format."""

    def __init__(self, job):
        self.job, self.file = job, Path(job["folder"]) / "model.cbm"

    def estimator(self):
        import catboost

        kind = catboost.CatBoostRegressor if self.job["task"] == "regression" else catboost.CatBoostClassifier
        settings = {"thread_count": len(self.job["cores"]), "random_seed": self.job["seed"]}
        return kind(verbose=False, allow_writing_files=False, **settings)

    def _columns(self, plan, X):
        return X.assign(**{name: X[name].astype(object).where(X[name].notna(), "") for name in plan.categories})

    def fit(self, plan, X, y):
        model = self.estimator().fit(self._columns(plan, X), y, cat_features=list(plan.categories))
        model.save_model(str(self.file))
        classes = [str(name) for name in getattr(model, "classes_", ())]
        (self.file.parent / "classes.json").write_text(json.dumps(classes))

    def load(self, plan):
        self.plan, self.fitted = plan, self.estimator().load_model(str(self.file))
        self.classes = json.loads((self.file.parent / "classes.json").read_text())

    def predict(self, X):
        return self.fitted.predict(self._columns(self.plan, X))

    def predict_proba(self, X):
        return self.fitted.predict_proba(self._columns(self.plan, X))
