"""A refit: what passed on the sealed rows is fitted once more, with its settings, on these rows too.

What is judged on the newest rows cannot have learnt from them; what ships need not be that much older than what is known. The
model that was judged stays as its twin: the next candidate, which is judged before its refit too, is held against the twin, on
rows that neither has learnt from.
"""

from dataclasses import dataclass, replace

from millwright.errors import DataRefused
from millwright.loop.evaluator import recorded_choice
from millwright.loop.judge import Judged, repacked, verdict_on
from millwright.loop.learn import Lesson, learn
from millwright.loop.order import Kept, Order
from millwright.loop.progress import Listener, Progress, at_stage, many
from millwright.loop.prove import Proof
from millwright.loop.steps import REFIT, Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.package.layout import INFO
from millwright.policy.terms import NOTHING
from millwright.records.codec import digest_of, from_json
from millwright.records.judging import Judgement
from millwright.records.modelling import Candidate, PayloadInfo, Recipe
from millwright.records.running import Run
from millwright.records.spec import Spec
from millwright.search.generating import recipes
from millwright.spec.durations import parse_duration


def ships_refit(spec: Spec, order: Order | None) -> bool:
    """Whether what passes is fitted once more: that is asked for, and it goes live by way of a shadow."""
    return order is not None and order.refit and parse_duration(spec.release.shadow) > NOTHING


def _who(recipe: Recipe) -> list[tuple[str, float, bool]]:
    """Who answers, with what weight, and whether by the fits on the folds: in an order of their own, since models that answer
    together stand in that of how they did."""
    return sorted((digest_of(one.config), round(one.weight, 9), one.refit is None) for one in recipe.models)


@dataclass(frozen=True, slots=True)
class Refitting:
    """What a refit needs of the run that it is a part of. table: with its sealed rows; lesson, judged: of what was judged."""

    shop: Workshop
    run: Run
    proof: Proof
    table: Table
    lesson: Lesson
    judged: Judged
    listen: Listener

    def shipped(self) -> tuple[Lesson, Judged]:
        """What ships: the same settings on all rows, the sealed ones among them. Where it did not pass or was not learnt here,
        and where the refit cannot be had or does not pass by what is its own (size, times, the golden set): what was judged."""
        learnt = self.lesson.candidate.recipe is not None and self.lesson.candidate.trial.config.family != "baseline"
        if not learnt or self.judged.verdict.state != "passed":
            return self.lesson, self.judged
        try:
            return self._refitted()
        except DataRefused as error:
            self.listen(at_stage(REFIT, f"{error.what}; what was judged ships as it is", done=True))
            return self.lesson, self.judged

    def _refitted(self) -> tuple[Lesson, Judged]:
        """Raises DataRefused where all rows together do not divide, no time is left for a fit, or it does not pass."""
        rows = self.table.unsealed()
        steps = Steps(self.shop, self.run, self._within, part=REFIT)
        again = learn(self.shop, self.run, steps, self.proof, rows, self._within, self._kept())
        if not self._is_whole(again.candidate):
            raise DataRefused("no time was left for all fits on all rows", code="refit.time")
        judgement = self._judgement(steps, rows, again)
        verdict = verdict_on(self.shop, self.run, steps, rows, self.lesson, judgement)
        if verdict.state != "passed":
            raise DataRefused(f"fitted once more it does not pass: {verdict.summary}", code="refit.not_passed")
        said = f"fitted once more with the {many(self.lesson.split.holdout, 'sealed row')}"
        self.listen(at_stage(REFIT, f"{said}: {again.split.train:,} in all", done=True))
        verdict = replace(verdict, summary=f"{verdict.summary}; then {said}")
        return replace(self.lesson, refit=again), Judged(judgement, verdict, twin=self.judged.judgement.payload)

    def _kept(self) -> Kept:
        return Kept((self.lesson.candidate.trial.config,), recipes(self.lesson.plan))

    def _is_whole(self, again: Candidate) -> bool:
        """Whether it answers as what was judged does: with the same settings, by fits on all rows where that does."""
        mine, theirs = again.recipe, self.lesson.candidate.recipe
        return mine is not None and theirs is not None and _who(mine) == _who(theirs)

    def _judgement(self, steps: Steps, rows: Table, again: Lesson) -> Judgement:
        """The step that packs and times it, answered by the evaluator that was chosen for its twin."""
        shop, judged = self.shop, self.judged.judgement
        info = from_json(PayloadInfo, shop.blobs.get(judged.payload[INFO]))
        choice = recorded_choice(shop, again.candidate, info, len(again.plan.features))
        return steps.do(
            "evaluate",
            {
                "judged": digest_of(judged),
                "candidate": digest_of({"files": again.candidate.files, "plan": digest_of(again.plan)}),
                "evaluator": digest_of(choice),
            },
            Judgement,
            lambda: repacked(shop, self.run, rows, again, choice, judged),
            lambda j: f"payload {j.payload_digest[:12]}",
            lambda j: j.payload.values(),
        )

    def _within(self, progress: Progress) -> None:
        """What a step of the refit tells, as told of the whole of it."""
        self.listen(at_stage(REFIT, f"{progress.stage}: {progress.message}", at_most=progress.at_most))
