"""`mw plan`: what a run would do, why, and how long it would take. Reads; runs nothing."""

import glob
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from millwright.data.contract_file import parse_contract
from millwright.loop.named import refuse_unknown
from millwright.loop.outcomes import PlannedStep, PlanReport
from millwright.loop.progress import STAGES
from millwright.loop.prove import contract_text
from millwright.loop.search_limits import most_together, seconds_to_search
from millwright.loop.searching import own_code
from millwright.loop.workshop import Workshop
from millwright.models.families import check_installed
from millwright.records.codec import digest_of
from millwright.records.running import Run, Step
from millwright.registry import runs
from millwright.registry import steps as catalogue_steps
from millwright.search.shares import MOST
from millwright.spec.durations import parse_duration
from millwright.spec.write import write_spec

WHY = {
    "snapshot": "the source is copied and digested anew in each run",
    "contract": "what a valid row is, from {contract}",
    "profile": "what each column looks like, by period",
    "checks": "leaks, conflicts and quality; a stop ends the run here",
    "split": "{split} split, {holdout} sealed, {folds}",
    "features": "fitted on training rows alone",
    "search": "{families}{together}; best {metric} on validation; at most {budget}",
    "evaluate": "on the sealed rows, intervals at {confidence:.0%} from {resamples} resamples",
    "package": "payload and attestations under one signature",
    "release": "release.mode is {mode}",
}
SECONDS_A_MEGABYTE = {"snapshot": 0.15, "contract": 0.1, "profile": 0.6, "checks": 0.5, "split": 0.02, "features": 0.3}
SECONDS_AT_LEAST = {"snapshot": 0.3, "contract": 0.3, "profile": 0.3, "checks": 0.5, "split": 0.1, "features": 0.3}
SECONDS_FIXED = {"evaluate": 3.0, "package": 1.0, "release": 0.5}


def plan(shop: Workshop) -> PlanReport:
    """Every stage with its reason and an estimate: from the last run where there is one, else from the size of the data.

    Raises NotFound where a family of models is asked for whose library is not installed; of estimators in the project's
    folder, NotFound and SpecError (see `read_own`); DataRefused where a setting names a column that the contract does not have.
    """
    check_installed(shop.spec.search.families)
    own_code(shop)
    _check_names(shop)
    with shop.catalogue.read() as view:
        unfinished = runs.unfinished(view, shop.project, digest_of(shop.spec))
        last = next((run for run in runs.page(view, shop.project, limit=20) if run.state == "finished"), None)
        done = catalogue_steps.of_run(view, unfinished.id) if unfinished else ()
        before = catalogue_steps.of_run(view, last.id) if last else ()
    megabytes = _size(shop.base, shop.spec.data.source) / 1e6
    finished = {step.name for step in done}
    guesses = {name: _guess(name, before, megabytes) for name in STAGES if name != "search"}
    prepared = sum(guesses[name] for name in STAGES[: STAGES.index("search")])
    guesses["search"] = seconds_to_search(parse_duration(shop.spec.search.budget).total_seconds(), prepared)
    steps = tuple(_planned(shop, name, guesses[name], name in finished, unfinished) for name in STAGES)
    total = sum(seconds for name, seconds in guesses.items() if name not in finished)
    return PlanReport(project=shop.project, steps=steps, total=_words(total), settings=write_spec(shop.spec, {}))


def _check_names(shop: Workshop) -> None:
    """Against the contract as it is written: no rows are read here, so of classes nothing is said."""
    text, personal = contract_text(shop), shop.spec.data.pii
    if text is not None:
        contract = parse_contract(text, shop.contract_path.name)
        columns = tuple(replace(column, pii=column.pii or column.name in personal) for column in contract.columns)
        refuse_unknown(shop.spec, replace(contract, columns=columns))


def _planned(shop: Workshop, name: str, seconds: float, finished: bool, unfinished: Run | None) -> PlannedStep:
    if finished and unfinished is not None:
        return PlannedStep(name=name, action="skip", seconds="-", why=f"done in run {unfinished.id[:13]}, which was stopped")
    return PlannedStep(name=name, action="run", seconds=_words(seconds), why=WHY[name].format_map(_facts(shop)))


def _facts(shop: Workshop) -> dict[str, object]:
    spec = shop.spec
    most = spec.search.ensemble or most_together(by_time=spec.data.time is not None)
    auto = "time" if spec.data.time else "group" if spec.data.group else "auto"
    return {
        "contract": spec.contract,
        "split": auto if spec.split.method == "auto" else spec.split.method,
        "holdout": f"{spec.split.holdout:.0%}" if spec.split.holdout else f"{MOST:.0%} at most",
        "folds": f"{spec.split.folds or 'as many as rows need'} validation folds",
        "families": ", ".join(spec.search.families),
        "together": f", at most {most} together" if most > 1 else "",
        "metric": "default metric" if spec.search.metric == "auto" else spec.search.metric,
        "budget": spec.search.budget,
        "confidence": spec.evaluate.confidence,
        "resamples": spec.evaluate.resamples,
        "mode": spec.release.mode,
    }


def _guess(name: str, before: tuple[Step, ...], megabytes: float) -> float:
    """Seconds: what the step took last time, else by the size of the source, else its usual."""
    for took in _took(name, before):
        return took
    return SECONDS_FIXED.get(name) or max(SECONDS_AT_LEAST[name], SECONDS_A_MEGABYTE[name] * megabytes)


def _took(name: str, before: tuple[Step, ...]) -> Iterator[float]:
    for step in before:
        if step.name == name and step.finished_at - step.started_at > timedelta(milliseconds=10):
            yield (step.finished_at - step.started_at).total_seconds()


def _size(base: Path, source: str) -> int:
    """Bytes of the source's files."""
    whole = base / source
    files = (
        whole.rglob("*")
        if whole.is_dir()
        else [whole]
        if whole.is_file()
        else map(Path, glob.iglob(str(whole), recursive=True))
    )
    return sum(file.stat().st_size for file in files if file.is_file())


def _words(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s" if seconds >= 1 else "< 1 s"
