"""Judge: put the payload together, open the sealed rows once, compare with the baseline and with what is live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, row_at, rows_in, take
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.calibration import cost_matrix, decision_threshold, fit_calibrator, rising
from millwright.evaluate.evaluation import Outputs, SealedRows, Subject, evaluate
from millwright.evaluate.gates import MEASURED, default_gates, describe, judge, judged_by_others
from millwright.evaluate.prediction_interval import bounds_of, conformal, conformal_bands
from millwright.evaluate.quantiles import Quantiled, fit_quantiles, plain_quantiles
from millwright.evaluate.timing import time_scorer
from millwright.features.batch import BatchEncoder
from millwright.loop.champion import answers_of, judged_digest, not_learnt, since_learnt
from millwright.loop.evaluator import choose_evaluator, own_choice
from millwright.loop.goal import gap_of, quiet_p99_us, with_goal
from millwright.loop.golden_set import judge_golden, with_golden
from millwright.loop.learn import Lesson
from millwright.loop.named import sliceable
from millwright.loop.opened import live_version
from millwright.loop.prove import Proof
from millwright.loop.searching import search_metric
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.unfinished import more_time, with_unfinished
from millwright.loop.unseen import block_of, scores_of, unseen
from millwright.loop.workshop import Workshop
from millwright.models.evaluator import load_evaluator
from millwright.models.imported_output import calibrator_of
from millwright.models.output import outputs
from millwright.models.scorer import Scorer
from millwright.package.golden import check_golden, make_golden
from millwright.package.layout import entries_of, payload_digest
from millwright.package.open import payload_files
from millwright.package.open import scorer_of as packed_scorer
from millwright.records.codec import digest_of
from millwright.records.figures import fixed
from millwright.records.imported import UNKNOWN_ROWS
from millwright.records.judging import GoldenJudged, Judgement, Timings, Verdict
from millwright.records.measuring import EvaluatorChoice
from millwright.records.modelling import Candidate, PayloadInfo
from millwright.records.release import Version
from millwright.records.running import Run
from millwright.records.spec import GateSpec, GoalSpec, Spec
from millwright.registry import steps as catalogue_steps
from millwright.search.folds import SEALED
from millwright.tasks.quantiles import level_name

Array = NDArray[Any]

TIMED_ROWS = 20_000
GOAL_ROWS = 2_000
HASTY_ROWS, HASTY_SECONDS = 500, 0.1
"""Of what does not answer itself, for another is fitted in its place, nobody asks how quick it is."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How the candidate did, and whether it may go live. twin: the files of the payload that was judged, by path, as digests of
    blobs, where what ships is its refit; empty where it is what was judged."""

    judgement: Judgement
    verdict: Verdict
    twin: Mapping[str, str] = field(default_factory=dict)


def judge_candidate(
    shop: Workshop, run: Run, steps: Steps, proof: Proof, table: Table, lesson: Lesson, *, refits: bool = False
) -> Judged:
    """The evaluate and verdict steps. refits: whether another payload ships where this one passes: then this one may well be
    what is live, which was fitted on the same rows, and its family's own evaluator answers, unless how quick it is counts."""
    spec = shop.spec
    champion = live_version(shop)
    identity = digest_of({"files": lesson.candidate.files, "plan": digest_of(lesson.plan)})
    sealed = {"snapshot": proof.snapshot.digest, "assignment": lesson.split.assignment}
    in_haste = refits and not is_timed(spec)
    choice = own_choice(lesson) if in_haste else choose_evaluator(shop, steps, table, lesson, {**sealed, "candidate": identity})
    tries = _open_sealed(shop, run, sealed, identity)
    gates = _gates(spec, lesson.candidate, champion)
    judgement = steps.do(
        "evaluate",
        {
            **sealed,
            "candidate": identity,
            "evaluator": digest_of(choice),
            "contract": digest_of(proof.contract),
            "champion": judged_digest(shop, champion) if champion else "",
            "evaluate": digest_of(spec.evaluate),
            "costs": digest_of(spec.costs),
            "gates": digest_of(gates),
            **_quantiles(spec.search.quantiles),
            **_groups(spec.search.goal),
            "tries": tries,
        },
        Judgement,
        lambda: _Bench(shop, run, table, lesson, champion, gates, tries, choice, in_haste).judgement(),
        _say_judgement,
        lambda j: j.payload.values(),
    )
    verdict = verdict_on(shop, run, steps, table, lesson, judgement)
    if champion is not None and _is_same(shop, champion, judgement.payload_digest, refits=refits):
        verdict = replace(verdict, summary=f"the same model as {champion.name}, which is live: nothing to release")
    if lesson.candidate.imported is not None:
        verdict = replace(verdict, summary=f"{verdict.summary}; imported: {UNKNOWN_ROWS}")
    return Judged(judgement, verdict)


def is_timed(spec: Spec) -> bool:
    """Whether a verdict depends on how quick or large a payload is."""
    return spec.search.goal is not None or any(gate.metric in MEASURED for gate in spec.gates)


def _is_same(shop: Workshop, champion: Version, judged: str, *, refits: bool) -> bool:
    """Whether what ships would be what is live: as it was judged, or both as refits of the same."""
    if not refits:
        return judged == champion.payload_digest
    return judged == judged_digest(shop, champion) != champion.payload_digest


def _gates(spec: Spec, candidate: Candidate, champion: Version | None) -> tuple[GateSpec, ...]:
    return spec.gates or default_gates(candidate.metric, champion is not None, spec.release, judged_by_others(spec))


def verdict_on(shop: Workshop, run: Run, steps: Steps, table: Table, lesson: Lesson, judgement: Judgement) -> Verdict:
    """Whether a judged payload may go live: by its gates, the golden set, what the search was to reach, and its time."""
    spec, champion, candidate = shop.spec, live_version(shop), lesson.candidate
    verdict = judge(
        _gates(spec, candidate, champion),
        judgement.evaluation,
        judgement.timings,
        champion=champion.name if champion else None,
        unseen=judgement.out_of_fold.against if judgement.out_of_fold else None,
        since=judgement.since,
        searched=candidate.imported is None,
        by_default=not spec.gates,
    )
    verdict = with_golden(verdict, _on_golden(shop, steps, table, judgement, champion))
    verdict = with_goal(verdict, spec.search.goal, judgement, candidate)
    return with_unfinished(verdict, candidate, lesson.trials, more_time(spec, run.id))


def repacked(shop: Workshop, run: Run, table: Table, lesson: Lesson, choice: EvaluatorChoice, judged: Judgement) -> Judgement:
    """What was found of a judged payload, with that of a lesson in its place, its refit's or its own with another evaluator:
    that one's size and times, measured on rows of the table, and what it looks at; the rest is what was judged."""
    bench = _Bench(shop, run, table, lesson, champion=None, gates=(), tries=1, choice=choice)
    files = bench.model_files()
    scorer = bench.scorer(files)
    payload = bench.payload(scorer, files)
    newest = np.flatnonzero(lesson.assignment > SEALED)[-TIMED_ROWS:]
    return replace(
        judged,
        payload={path: shop.blobs.put(content) for path, content in payload.items()},
        payload_digest=payload_digest(entries_of(payload, {})),
        evaluation=replace(
            judged.evaluation, size_bytes=sum(map(len, payload.values())), importance=lesson.candidate.importance
        ),
        timings=bench.timings(scorer, take(table.columns, newest)),
    )


def _quantiles(levels: Sequence[float]) -> dict[str, str]:
    """What else an evaluation depends on: nothing, where no quantiles are asked for."""
    return {"quantiles": digest_of(levels)} if levels else {}


def _groups(goal: GoalSpec | None) -> dict[str, str]:
    """And where groups may not lie far apart: which."""
    return {} if goal is None or goal.fairness_gap is None else {"groups": goal.fairness_gap.column}


def _on_golden(
    shop: Workshop, steps: Steps, table: Table, judgement: Judgement, champion: Version | None
) -> GoldenJudged | None:
    """The step that asks the packed payload the golden set; None where the spec names none."""
    golden = table.golden
    if golden is None:
        return None
    files = {path: shop.blobs.get(digest) for path, digest in judgement.payload.items()}
    return steps.do(
        "golden",
        {
            "golden": golden.digest,
            "payload": judgement.payload_digest,
            "champion": champion.payload_digest if champion else "",
            "evaluate": digest_of(shop.spec.evaluate),
        },
        GoldenJudged,
        lambda: judge_golden(
            shop, golden, packed_scorer(files), judgement.payload_digest, judgement.evaluation.metric, champion
        ),
        lambda g: f"{g.metric.name} {describe(g.metric.interval)} on the golden set",
    )


def scorer_of(shop: Workshop, run: Run, table: Table, lesson: Lesson) -> Scorer:
    """What a lesson answers with, calibrated, before anybody judged it."""
    bench = _Bench(shop, run, table, lesson, champion=None, gates=(), tries=1)
    return bench.scorer(bench.model_files())


def payload_of(shop: Workshop, run: Run, table: Table, lesson: Lesson, choice: EvaluatorChoice) -> dict[str, bytes]:
    """The files of a lesson's payload, by path; nothing of it is judged."""
    bench = _Bench(shop, run, table, lesson, champion=None, gates=(), tries=1, choice=choice)
    files = bench.model_files()
    return bench.payload(bench.scorer(files), files)


def _open_sealed(shop: Workshop, run: Run, sealed: Mapping[str, str], candidate: str) -> int:
    """Enter that this candidate is judged on these sealed rows, before it is; the how-manieth candidate it is on them."""
    rows = f"sealed {digest_of(sealed)[:32]}"
    with shop.catalogue.write() as tx:
        return catalogue_steps.opening(tx, rows, candidate, run=run.id, at=shop.clock.now())


@dataclass(frozen=True, slots=True)
class _Bench:
    """Everything that one judgement needs."""

    shop: Workshop
    run: Run
    table: Table
    lesson: Lesson
    champion: Version | None
    gates: tuple[GateSpec, ...]
    tries: int
    choice: EvaluatorChoice | None = None
    in_haste: bool = False

    @property
    def candidate(self) -> Candidate:
        return self.lesson.candidate

    def scorer(self, files: Mapping[str, bytes]) -> Scorer:
        return Scorer(self._info(), self.table.contract, self.lesson.plan, files)

    def judgement(self) -> Judgement:
        holdout = np.flatnonzero(self.lesson.assignment == SEALED)
        columns = take(self.table.columns, holdout)
        files = self.model_files()
        scorer = self.scorer(files)
        payload = self.payload(scorer, files)
        digests = {path: self.shop.blobs.put(content) for path, content in payload.items()}
        subject = self._subject(payload_digest(entries_of(payload, {})), sum(map(len, payload.values())))
        metric = search_metric(self.shop, self.table.task)
        rows = self._sealed_rows(scorer, columns, holdout)
        return Judgement(
            payload=digests,
            payload_digest=subject.payload_digest,
            evaluation=evaluate(
                rows,
                subject,
                self.table.task,
                metric,
                self.shop.spec.evaluate,
                gates=self.gates,
                seed=self.shop.spec.split.seed,
            ),
            timings=self.timings(scorer, take(columns, slice(TIMED_ROWS))),
            out_of_fold=None if self.candidate.imported else unseen(self.shop, self.table, self.lesson, scorer.info, metric),
            since=since_learnt(self.shop, self.table, self.lesson, scorer.info, rows, metric, self.champion, self.tries),
            gap=gap_of(self.shop.spec.search.goal, rows.mine.values, columns, scorer.info.threshold),
        )

    def _info(self) -> PayloadInfo:
        """The payload's description: calibrated, with its threshold or interval, on out-of-fold rows."""
        spec, task, classes, choice = self.shop.spec, self.table.task, self.table.classes, self.choice
        if self.lesson.like is not None:
            return self._like(self.lesson.like)
        raw, y, weight = scores_of(self.shop, self.table, self.lesson)
        imported = self.candidate.imported
        calibrator = (  # what a model from elsewhere says is not changed
            calibrator_of(task.name, imported.scores)
            if imported
            else fit_calibrator(raw, y, task.name, len(classes), spec.split.seed, weight)
        )
        calibrator = rising(calibrator) if spec.search.monotone else calibrator
        level = spec.evaluate.interval
        values = None if task.probabilities else outputs(calibrator, raw)
        return PayloadInfo(
            project=spec.project,
            task=task.name,
            target=spec.data.target,
            classes=classes,
            positive=classes[1] if len(classes) == 2 else None,
            evaluator=choice.evaluator if choice else self.candidate.evaluator,
            stands_for=choice.stands_for if choice else None,
            model_files=tuple(sorted(self._named_files())),
            calibrator=calibrator,
            threshold=decision_threshold(spec.costs) if len(classes) == 2 else None,
            interval=None if values is None else conformal(y, values, level, weight),
            interval_level=None if values is None else level,
            interval_bands=None if values is None else conformal_bands(y, values, level, weight),
            quantiles=None if values is None else fit_quantiles(y, values, spec.search.quantiles, weight),
            costs=cost_matrix(spec.costs, classes),
        )

    def _like(self, judged: PayloadInfo) -> PayloadInfo:
        """That of a refit: as of what was judged, but for the models that answer."""
        choice = self.choice
        return replace(
            judged,
            evaluator=choice.evaluator if choice else self.candidate.evaluator,
            stands_for=choice.stands_for if choice else None,
            model_files=tuple(sorted(self._named_files())),
        )

    def model_files(self) -> dict[str, bytes]:
        return {name: self.shop.blobs.get(digest) for name, digest in sorted(self._named_files().items())}

    def _named_files(self) -> dict[str, str]:
        """The model files by name, as digests of blobs: the family's, and those of the evaluator that was chosen."""
        return {**self.candidate.files, **(self.choice.files if self.choice else {})}

    def timings(self, scorer: Scorer, columns: Columns) -> Timings:
        timings = (
            time_scorer(scorer.row, scorer.batch, take(columns, slice(HASTY_ROWS)), seconds=HASTY_SECONDS)
            if self.in_haste
            else time_scorer(scorer.row, scorer.batch, columns)
        )
        goal = self.shop.spec.search.goal
        if goal is not None and goal.latency_p99 is not None:
            cells = [row_at(columns, at) for at in range(min(rows_in(columns), GOAL_ROWS))]
            timings = replace(timings, quiet_p99_ms=quiet_p99_us(scorer.row, cells) / 1e3)
        return replace(timings, evaluators=self.choice.measured if self.choice else ())

    def payload(self, scorer: Scorer, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Every file that computes an answer, and the golden rows that prove it at each load.

        Their outputs are those of the family's own evaluator: one that stands for it has to give them.
        """
        training = np.flatnonzero(self.lesson.assignment > SEALED)
        info = replace(scorer.info, evaluator=scorer.info.own_evaluator, stands_for=None)
        own = Scorer(info, scorer.contract, scorer.plan, files) if scorer.info.stands_for else scorer
        golden = make_golden(take(self.table.columns, training), own, seed=self.shop.spec.split.seed)
        check_golden(scorer, golden)
        return payload_files(scorer.info, scorer.contract, scorer.plan, golden, files)

    def _sealed_rows(self, scorer: Scorer, columns: Columns, holdout: Array) -> SealedRows:
        time = None if self.table.time is None else self.table.time[holdout]
        block, codes = blocks_of(block_of(self.shop, columns, time), columns, time)
        values, champion = scorer.batch(columns), self.champion
        return SealedRows(
            y=self.table.y[holdout],
            mine=Outputs(values=values, threshold=scorer.info.threshold, costs=scorer.info.costs),
            quantiles=self._quantiled(values, scorer.info),
            bounds=bounds_of(self.table.task.answers(values, scorer.info), scorer.info.interval_level),
            baseline=self._baseline(columns),
            champion=answers_of(self.shop, champion, self.table, holdout) if champion else None,
            fair=not_learnt(self.shop, champion, self.table, self.lesson, holdout) if champion else None,
            blocks=codes,
            block=block,
            weight=None if self.table.weight is None else self.table.weight[holdout],
            columns=self._sliceable(columns),
        )

    def _baseline(self, columns: Columns) -> Outputs:
        files = {name: self.shop.blobs.get(digest) for name, digest in self.candidate.baseline_files.items()}
        raw = load_evaluator(self.candidate.baseline_evaluator, files).batch(BatchEncoder(self.lesson.plan).encode(columns))
        costs = cost_matrix(self.shop.spec.costs, self.table.classes)
        return Outputs(values=self.table.task.link(raw), threshold=decision_threshold(self.shop.spec.costs), costs=costs)

    def _quantiled(self, values: Array, info: PayloadInfo) -> Quantiled | None:
        """The quantiles that are answered with values, and those of the rows learnt from; None where none are."""
        if info.quantiles is None:
            return None
        _, y, weight = scores_of(self.shop, self.table, self.lesson)
        levels, said = info.quantiles.levels, self.table.task.answers(values, info)
        each = tuple(said[f"quantile {level_name(level)}"] for level in levels)
        return Quantiled(levels, each, plain_quantiles(y, levels, weight))

    def _sliceable(self, columns: Columns) -> Columns:
        """Columns whose groups may be named in a report."""
        allowed = sliceable(self.table.contract)
        return {name: values for name, values in columns.items() if name in allowed}

    def _subject(self, digest: str, size: int) -> Subject:
        split, trial = self.lesson.split, self.candidate.trial
        return Subject(
            payload_digest=digest,
            snapshot=self.table.snapshot.digest,
            size_bytes=size,
            tries=self.tries,
            train_score=trial.train_score,
            validation_score=trial.score,
            importance=self.candidate.importance,
            holdout_from=split.holdout_from,
            holdout_until=split.holdout_until,
            event_at=_moment(split.holdout_until),
            known_at=self.run.as_of,
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _say_judgement(judgement: Judgement) -> str:
    evaluation = judgement.evaluation
    main = next(m for m in evaluation.metrics if m.name == evaluation.metric)
    value, tries = fixed(main.interval.value), evaluation.tries
    return f"{main.name} {value} on {evaluation.rows:,} sealed rows (candidate {tries} on these rows)"
