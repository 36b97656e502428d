"""How a run went: read from the catalogue and from what its steps left, whether it has ended or not."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from millwright.errors import NotFound, Unavailable
from millwright.loop.bringing import Brought
from millwright.loop.recalibrating import STEP as RECALIBRATE
from millwright.loop.searching import search_metric
from millwright.loop.steps import REFIT
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric
from millwright.records.codec import from_json
from millwright.records.judging import Judgement
from millwright.records.modelling import Candidate, Split, Trial
from millwright.records.running import Run, Step
from millwright.records.searched import Leaderboard, MadeBy, RunStory
from millwright.registry import runs, steps, trials, versions
from millwright.search.leaderboard import leaderboard
from millwright.tasks.registry import task

T = TypeVar("T")

_NOTES = "sealed "
"""How the names of steps begin that are notes of which rows were opened, not work."""


def run_story(shop: Workshop, begins: str | None = None) -> RunStory:
    """The run whose id is or begins so (the newest), with what is known of it by now. Raises NotFound, Conflict."""
    with shop.catalogue.read() as view:
        run = _newest(view, shop.project) if begins is None else runs.beginning(view, shop.project, begins)
        done = {step.name: step for step in steps.of_run(view, run.id)}
        searched = done.get("search")
        kept = trials.of_search(view, searched.inputs) if searched else trials.of_run(view, run.id)
        version = versions.numbered(view, shop.project, run.version) if run.version else None
    candidate, split = _candidate(shop, done), _read(shop, done.get("split"), Split)
    judged = _read(shop, done.get("evaluate"), Judgement)
    again = _read(shop, done.get(f"{REFIT} evaluate"), Judgement)
    packed = again if again and version and version.payload_digest == again.payload_digest else judged
    return RunStory(
        run=run,
        made_by=_made_by(run, done, kept),
        stages=tuple(dict.fromkeys(_stage(name) for name in done if not name.startswith(_NOTES))),
        split=split,
        search=_search(shop, run, kept, split, candidate if searched else None),
        note=candidate.note if candidate else "",
        importance=packed.evaluation.importance if packed else candidate.importance if candidate else (),
        out_of_fold=judged.out_of_fold if judged else None,
        imported=candidate.imported if candidate else None,
        timings=packed.timings if packed else None,
        size=packed.evaluation.size_bytes if packed else None,
        version=version.name if version else None,
        verdict=version.verdict if version else None,
        summary=version.summary if version else "",
    )


def _stage(step: str) -> str:
    """What a step is called: those of a refit together."""
    return REFIT if step.startswith(f"{REFIT} ") else step


def _newest(view: Connection, project: str) -> Run:
    newest = runs.page(view, project, limit=1)
    if not newest:
        raise NotFound(f"project {project} has no run yet", fix="train a model with `mw train`", code="run.missing")
    return newest[0]


def _made_by(run: Run, done: Mapping[str, Step], kept: Sequence[Trial]) -> MadeBy | None:
    if "import" in done:
        return "import"
    if RECALIBRATE in done:
        return "recalibration"
    if run.id.startswith(runs.RETRAIN):
        return "retrain"
    return "search" if kept or "features" in done else None


def _candidate(shop: Workshop, done: Mapping[str, Step]) -> Candidate | None:
    brought = _read(shop, done.get("import"), Brought)
    return brought.candidate if brought else _read(shop, done.get("search") or done.get(RECALIBRATE), Candidate)


def _search(
    shop: Workshop, run: Run, kept: Sequence[Trial], split: Split | None, candidate: Candidate | None
) -> Leaderboard | None:
    """The leaderboard of what was tried; an ensemble is a candidate alone, and no trial that is kept."""
    everything = [*kept, candidate.trial] if candidate and candidate.trial.config.members else list(kept)
    if not everything or split is None:
        return None
    under_way = run.state == "running" and candidate is None
    return leaderboard(everything, _metric(shop, candidate), split.folds, candidate=candidate, under_way=under_way)


def _metric(shop: Workshop, candidate: Candidate | None) -> Metric:
    return metric(candidate.metric) if candidate else search_metric(shop, task(shop.spec.data.task))


def _read(shop: Workshop, step: Step | None, kind: type[T]) -> T | None:
    """What a step left; None where it is not done, or its blob is gone: the rest of the story is told all the same."""
    try:
        return None if step is None else from_json(kind, shop.blobs.get(step.output))
    except (NotFound, Unavailable):
        return None
