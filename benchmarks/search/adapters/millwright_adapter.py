"""Millwright as a person uses it: a project made from a file of rows, trained, and asked as the server asks it."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import millwright.loop.train
import millwright.models.scorer  # noqa: F401  (with the line above: what is imported before the clock runs)
from millwright.app import read_settings
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.progress import Progress
from millwright.loop.propose import Choices
from millwright.package.keys import Trust
from millwright.package.open import Payload, open_payload
from millwright.package.verify import verify_package
from millwright.project import Project
from millwright.records.spec import DataSpec, SearchSpec
from millwright.spec.write import write_spec

Array = NDArray[Any]
Job = Mapping[str, Any]

SO_FAR = "so_far.json"
METRICS = {"roc_auc": "roc_auc", "log_loss": "log_loss", "rmse": "rmse"}


def prepare(_job: Job) -> None:
    """Nothing: what a run imports beyond its modules it imports in processes of its own, within its time."""


def fit(job: Job) -> dict[str, Any]:
    """Init, check, train."""
    project = _project(job)
    accepted = _accept(project)
    stages = Stages(Path(job["folder"]) / SO_FAR)
    outcome = project.train(listen=stages)
    package = project.workshop.home.packages / outcome.version.package
    where = {"package": str(package), "trust": str(project.workshop.trust)}
    (Path(job["folder"]) / "where.json").write_text(json.dumps(where))
    (Path(job["folder"]) / "size.json").write_text(json.dumps(sum(file.stat().st_size for file in package.rglob("*"))))
    return {"stages": stages.seconds, "search_s": stages.seconds.get("search"), "accepted": accepted, **_told(outcome)}


def _project(job: Job) -> Project:
    folder = Path(job["folder"])
    settings = read_settings(
        {**os.environ, "MILLWRIGHT_SIGNING_KEY": str(folder / "key"), "MILLWRIGHT_THREADS": str(len(job["cores"]))}
    )
    choices = Choices(project="compared", task=job["task"], time=job["time"])
    project = Project.init(job["train"], job["target"], at=folder / "millwright.yaml", choices=choices, settings=settings)
    search = replace(project.spec.search, budget=f"{job['budget']:g}s", metric=METRICS[job["metric"]], **_families(job))
    spec = replace(project.spec, search=search, split=replace(project.spec.split, seed=job["seed"]))
    project.path.write_text(write_spec(spec, {}))
    return Project(folder, settings=settings)


def _families(job: Job) -> dict[str, Any]:
    """None: as the spec has them. "installed": those, and after them every other one whose library is there."""
    if job["options"].get("families") != "installed":
        return {}
    from millwright.errors import MillwrightError
    from millwright.models.families import check_installed, families

    there = []
    for name in dict.fromkeys((*SearchSpec().families, *families())):
        try:
            check_installed([name])
        except MillwrightError:
            continue
        there.append(name)
    return {"families": tuple(there)}


def _accept(project: Project) -> list[str]:
    """Accept the checks that would stop a run, as a person would who has looked; which ones is told beside the scores."""
    stops = tuple(check.code for check in project.check().stops)
    if stops:
        data = replace(project.spec.data, acknowledge=(*project.spec.data.acknowledge, *stops))
        project.path.write_text(write_spec(replace(project.spec, data=data), {}))
        project.__dict__.pop("spec", None)
    return list(stops)


def _told(outcome: TrainOutcome) -> dict[str, Any]:
    chosen = [trial for trial in outcome.trials if trial.state == "finished"]
    return {
        "trials": len(outcome.trials),
        "finished": len(chosen),
        "dropped": [f"{t.config.name}: {t.state} {t.reason}".strip() for t in outcome.trials if t.state != "finished"],
        "trial_s": {t.config.name: round(t.seconds, 2) for t in outcome.trials},
        "trial_score": {t.config.name: t.score for t in outcome.trials},
        "verdict": outcome.version.verdict,
        "evaluator": [m.name for m in outcome.timings.evaluators if getattr(m, "chosen", False)],
    }


class Stages:
    """A listener that keeps the seconds of each stage, in a file too: of a run that is killed they are all that is known."""

    def __init__(self, file: Path) -> None:
        self.seconds: dict[str, float] = {}
        self._file = file
        self._last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if progress.done:
            now = time.monotonic()
            self.seconds[progress.stage] = self.seconds.get(progress.stage, 0.0) + now - self._last
            self._last = now
            self._file.write_text(json.dumps({"stages": self.seconds}))


def load(job: Job) -> "Loaded":
    """The signed package, verified byte by byte and opened."""
    return Loaded(job)


class Loaded:
    """What the server asks."""

    def __init__(self, job: Job) -> None:
        where = json.loads((Path(job["folder"]) / "where.json").read_text())
        package = Path(where["package"])
        self.job = job
        self.payload: Payload = open_payload(verify_package(package, package.name, Trust(Path(where["trust"]))))

    def many(self, path: str) -> Array:
        """As `mw predict` does."""
        from millwright.data.enforce_columns import check_columns
        from millwright.data.read import read_file

        scorer = self.payload.scorer
        missing = DataSpec(source="", target="", task=self.job["task"]).missing
        parts = []
        for columns in read_file(Path(path), scorer.contract, missing=missing, delimiter=None, encoding=None):
            check_columns(columns, scorer.contract).refuse_broken(Path(path), first_row=1)
            parts.append(scorer.batch(columns))
        return self._ordered(np.concatenate(parts))

    def _ordered(self, outputs: Array) -> Array:
        info, classes = self.payload.info, self.job["classes"]
        if info.task == "binary":
            return outputs if info.positive == classes[1] else 1 - outputs
        if info.task == "multiclass":
            return self._columns(outputs, info.classes)
        return outputs

    def _columns(self, outputs: Array, given: Sequence[str]) -> Array:
        place = {name: number for number, name in enumerate(given)}
        lacking = np.zeros(len(outputs))
        return np.column_stack([outputs[:, place[name]] if name in place else lacking for name in self.job["classes"]])

    def rows(self, path: str, most: int) -> list[dict[str, Any]]:
        """Test rows as JSON carries them."""
        import duckdb

        with duckdb.connect() as db:
            found = db.execute(f"select * from read_parquet('{path}') limit {most}")
            named = [column[0] for column in found.description or ()]
            return [dict(zip(named, map(_as_json, row), strict=True)) for row in found.fetchall()]

    def one(self, row: dict[str, Any]) -> Any:
        """From a JSON object to the answer that a client reads, checked against the contract."""
        answer = self.payload.scorer.answer_rows([row])[0][0]
        if "probability" in answer:
            return answer["probability"] if self._second_is_positive else 1 - answer["probability"]
        if "probabilities" in answer:
            shares = answer["probabilities"]
            return [shares.get(name, 0.0) for name in self.job["classes"]]
        return answer["value"]

    @property
    def _second_is_positive(self) -> bool:
        return bool(self.payload.info.positive == self.job["classes"][1])


def _as_json(value: Any) -> Any:
    if isinstance(value, float) and value != value:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
