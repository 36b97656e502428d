"""mljar-supervised in its mode for the best score."""

import json
from pathlib import Path

import frames
import numpy as np

METRICS = {"roc_auc": "auc", "log_loss": "logloss", "rmse": "rmse"}


def prepare(_job):
    """Import what a fit takes."""
    import catboost
    import lightgbm
    import supervised
    import xgboost

    return supervised.AutoML, catboost, lightgbm, xgboost


def fit(job):
    """Search into the folder, where it keeps everything itself."""
    from supervised.automl import AutoML

    X, y = frames.features_and_target(job)
    tasks = {"binary": "binary_classification", "multiclass": "multiclass_classification", "regression": "regression"}
    found = AutoML(
        results_path=str(Path(job["folder"]) / "results"),
        mode="Compete",
        ml_task=tasks[job["task"]],
        total_time_limit=int(job["budget"]),
        eval_metric=METRICS[job["metric"]],
        n_jobs=len(job["cores"]),
        random_state=job["seed"],
        verbose=0,
    )
    found.fit(X, y)
    types = {name: str(np.dtype(kind)) if kind is np.float64 else str(kind) for name, kind in frames.types_of(X).items()}
    (Path(job["folder"]) / "types.json").write_text(json.dumps(types))
    return {"chosen": found._best_model.get_name() if found._best_model else ""}


def load(job):
    """What was kept."""
    return Loaded(job)


class Loaded:
    """A search's best model; it reads its files with the first question, which is part of loading."""

    def __init__(self, job):
        from supervised.automl import AutoML

        self.job = job
        self.types = json.loads((Path(job["folder"]) / "types.json").read_text())
        self.found = AutoML(results_path=str(Path(job["folder"]) / "results"), verbose=0)
        self.one(self.rows("", 1)[0])

    def _answers(self, X):
        if self.job["task"] == "regression":
            return self.found.predict(X)
        return frames.in_order(self.found.predict_proba(X), self._classes(), self.job)

    def _classes(self):
        """In the order in which it gives shares: as they are sorted."""
        return self.job["classes"]

    def many(self, _path):
        return self._answers(frames.read(self.job, "test"))

    def rows(self, _path, most):
        return frames.rows(self.job, most)

    def one(self, row):
        return self._answers(frames.one_row(row, self.types))
