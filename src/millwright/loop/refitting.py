"""A refit: what passed on the sealed rows is fitted once more, with its settings, on these rows too, and ships.

What is judged on sealed rows cannot have learnt from them; what ships need not lack what they teach, nor be that much older
than what is known. The model that was judged stays as its twin: the next candidate, which is judged before its refit too, is
held against the twin, on rows that neither has learnt from. The refit is calibrated as its twin is, and held to it on the
sealed rows: what learnt from them and answers them worse has come out wrong.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from millwright.data.columns import take
from millwright.errors import DataRefused
from millwright.loop.evaluator import choose_evaluator
from millwright.loop.judge import Judged, is_timed, repacked, verdict_on
from millwright.loop.learn import Lesson, folded_problem, may_generate, planned, seen_of, split_rows
from millwright.loop.order import Order
from millwright.loop.progress import Listener, Progress, at_stage, many
from millwright.loop.prove import Proof
from millwright.loop.search_limits import is_late, seconds_to_refit
from millwright.loop.searching import own_code, search_metric
from millwright.loop.steps import REFIT, Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.scorer import Scorer
from millwright.package.layout import INFO
from millwright.package.open import scorer_of
from millwright.policy.terms import NOTHING
from millwright.records.codec import digest_of, from_json
from millwright.records.figures import fixed
from millwright.records.judging import Judgement
from millwright.records.modelling import Candidate, PayloadInfo, Recipe
from millwright.records.running import Run
from millwright.records.spec import Spec
from millwright.registry import runs
from millwright.search.executors import threads_alone
from millwright.search.folds import SEALED
from millwright.search.generating import recipes
from millwright.search.once_more import fit_once_more
from millwright.search.remake import at_work
from millwright.spec.durations import parse_duration


def ships_refit(spec: Spec, order: Order | None) -> bool:
    """Whether what passes is fitted once more: that is asked for, and what a retrain made goes live by way of a shadow."""
    if order is None:
        return spec.search.refit
    return order.refit and parse_duration(spec.release.shadow) > NOTHING


def may_refit(lesson: Lesson) -> bool:
    """Whether there is something to fit: what was searched for here, and is more than the baseline."""
    return lesson.candidate.recipe is not None and lesson.candidate.trial.config.family != "baseline"


@dataclass(frozen=True, slots=True)
class Refitting:
    """What a refit needs of the run that it is a part of. table: with its sealed rows; lesson, judged: of what was judged;
    begun: when the run began, by the monotonic clock."""

    shop: Workshop
    run: Run
    proof: Proof
    table: Table
    lesson: Lesson
    judged: Judged
    begun: float
    listen: Listener

    def shipped(self) -> tuple[Lesson, Judged]:
        """What ships: the same settings on all rows, the sealed ones among them. Where it did not pass, and where the refit
        cannot be had or does not pass by what is its own (the sealed rows, size, times, the golden set): what was judged."""
        recipe = self.lesson.candidate.recipe
        if recipe is None or self.judged.verdict.state != "passed":
            return self.lesson, self._as_judged()
        try:
            self._refuse_late()
            return self._refitted(recipe)
        except DataRefused as error:
            self.listen(at_stage(REFIT, f"{error.what}; what was judged ships as it is", done=True))
            return self.lesson, self._as_judged()

    def _refuse_late(self) -> None:
        """Raise DataRefused where a person waits and the budget was over long ago: of very many rows, which would all have to
        be read and encoded again."""
        spec, gone = self.shop.spec.search, time.monotonic() - self.begun
        waits = spec.trials is None and not self.run.id.startswith(runs.RETRAIN)
        if waits and is_late(parse_duration(spec.budget).total_seconds(), gone):
            raise DataRefused("no time was left to fit it once more: raise search.budget", code="refit.time")

    def _as_judged(self) -> Judged:
        """What was judged, with the evaluator that is the quickest and its times: there was no need for them where another
        ships."""
        if is_timed(self.shop.spec):
            return self.judged
        judgement = self._packed(Steps(self.shop, self.run, self.listen), self.table, self.lesson)
        evaluation = replace(judgement.evaluation, payload_digest=judgement.payload_digest)
        return replace(self.judged, judgement=replace(judgement, evaluation=evaluation))

    def _refitted(self, recipe: Recipe) -> tuple[Lesson, Judged]:
        """Raises DataRefused where all rows together do not divide, no time is left for a fit, or it does not pass."""
        rows = self.table.unsealed()
        steps = Steps(self.shop, self.run, self._within, part=REFIT)
        again = self._learnt(steps, rows, recipe)
        judgement = self._packed(steps, rows, again)
        self._refuse_worse(judgement)
        verdict = verdict_on(self.shop, self.run, steps, rows, self.lesson, judgement)
        if verdict.state != "passed":
            raise DataRefused(f"fitted once more it does not pass: {verdict.summary}", code="refit.not_passed")
        said = f"fitted once more with the {many(self.lesson.split.holdout, 'sealed row')}"
        self.listen(at_stage(REFIT, f"{said}: {again.split.train:,} in all", done=True))
        verdict = replace(verdict, summary=f"{verdict.summary}; then {said}")
        return replace(self.lesson, refit=again), Judged(judgement, verdict, twin=self.judged.judgement.payload)

    def _learnt(self, steps: Steps, rows: Table, recipe: Recipe) -> Lesson:
        """The split, features and fit steps. rows: of which none are sealed."""
        shop, proof, config = self.shop, self.proof, self.lesson.candidate.trial.config
        split, assignment = split_rows(shop, steps, proof, rows)
        made = recipes(self.lesson.plan) if may_generate(shop.spec.search, (config,)) else ()
        seen = {**seen_of(proof), "assignment": split.assignment}
        plan = planned(shop, steps, rows, assignment, seen, made)
        again = replace(
            self.lesson,
            split=split,
            assignment=assignment,
            plan=plan,
            trials=(),
            bounds=replace(rows.bounds, made=tuple(made)),
            like=self._info,
        )
        candidate = steps.do(
            "fit",
            {**seen, "plan": digest_of(plan), "recipe": digest_of(recipe)},
            Candidate,
            lambda: self._fitted(rows, again, recipe),
            lambda c: f"{many(len(c.recipe.models) if c.recipe else 0, 'fit')} on all rows",
            lambda c: c.files.values(),
        )
        return replace(again, candidate=candidate)

    def _fitted(self, rows: Table, again: Lesson, recipe: Recipe) -> Candidate:
        shop, spec = self.shop, self.shop.spec
        problem, folds = folded_problem(shop, rows, again.plan, again.split, again.assignment)
        budget, gone = parse_duration(spec.search.budget).total_seconds(), time.monotonic() - self.begun
        seconds = None if spec.search.trials is not None else seconds_to_refit(budget, gone)
        with at_work(
            problem,
            folds,
            recipe,
            metric=search_metric(shop, rows.task),
            folder=shop.home.work / self.run.id,
            memory=spec.search.memory,
            own=own_code(shop, (self.lesson.candidate.trial.config,)),
        ) as (worker, scratch):
            tell = lambda what: self.listen(at_stage(REFIT, what))  # noqa: E731
            found = fit_once_more(worker, scratch, recipe, seconds, tell, threads_alone(shop.threads, len(problem.y)))
        if isinstance(found, str):
            raise DataRefused(f"not fitted once more: {found}", code="refit.fit")
        files = {name: shop.blobs.put(content) for name, content in sorted(found.fitted.files.items())}
        return replace(
            self.lesson.candidate,
            evaluator=found.fitted.evaluator,
            files=files,
            importance=found.fitted.importance,
            recipe=found.recipe,
        )

    def _packed(self, steps: Steps, rows: Table, lesson: Lesson) -> Judgement:
        """The steps that choose its evaluator, pack it and time it."""
        shop, judged = self.shop, self.judged.judgement
        identity = digest_of({"files": lesson.candidate.files, "plan": digest_of(lesson.plan)})
        choice = choose_evaluator(
            shop, steps, rows, lesson, {"assignment": lesson.split.assignment, "candidate": identity, **seen_of(self.proof)}
        )
        return steps.do(
            "evaluate",
            {"judged": digest_of(judged), "candidate": identity, "evaluator": digest_of(choice)},
            Judgement,
            lambda: repacked(shop, self.run, rows, lesson, choice, judged),
            lambda j: f"payload {j.payload_digest[:12]}",
            lambda j: j.payload.values(),
        )

    def _refuse_worse(self, judgement: Judgement) -> None:
        """Raise DataRefused where it does worse on the sealed rows, from which it learnt, than its twin surely does without."""
        evaluation, metric = self.judged.judgement.evaluation, search_metric(self.shop, self.table.task)
        twin = next((one.interval for one in evaluation.metrics if one.name == metric.name), None)
        worst = None if twin is None else twin.high if metric.goal == "min" else twin.low
        if worst is None:
            return
        sealed = np.flatnonzero(self.lesson.assignment == SEALED)
        weight = None if self.table.weight is None else self.table.weight[sealed]
        said = self._scorer(judgement).batch(take(self.table.columns, sealed))
        value = metric.value(self.table.y[sealed], said, weight)
        if np.isfinite(value) and metric.better(worst, value):
            what = f"fitted once more its {metric.name} on the rows that were sealed is {fixed(value)}, worse than before"
            raise DataRefused(what, code="refit.worse")

    def _scorer(self, judgement: Judgement) -> Scorer:
        return scorer_of({path: self.shop.blobs.get(digest) for path, digest in judgement.payload.items()})

    @property
    def _info(self) -> PayloadInfo:
        return from_json(PayloadInfo, self.shop.blobs.get(self.judged.judgement.payload[INFO]))

    def _within(self, progress: Progress) -> None:
        """What a step of the refit tells, as told of the whole of it."""
        self.listen(at_stage(REFIT, f"{progress.stage}: {progress.message}", at_most=progress.at_most))
