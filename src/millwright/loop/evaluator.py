"""The evaluator step: which of the evaluators that can answer for a candidate does so. Measured once, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.errors import Unavailable
from millwright.evaluate.evaluators import Contestant, choose, own_stays, spaced
from millwright.features.batch import BatchEncoder
from millwright.loop.goal import around_bytes, too_large
from millwright.loop.learn import Lesson
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.evaluator import load_evaluator
from millwright.models.twins import LIBRARIES, TWINS, Twin, hard_rows, make_twin
from millwright.package.environment import libraries
from millwright.records.measuring import EvaluatorChoice, MeasuredEvaluator, say_evaluators
from millwright.records.modelling import Candidate, PayloadInfo
from millwright.search.folds import SEALED

NEWEST = 5_000
BY_RULE = "search.trials is set: the family's own answers, for a choice by measured time may be another each time"


def choose_evaluator(shop: Workshop, steps: Steps, table: Table, lesson: Lesson, inputs: Mapping[str, Any]) -> EvaluatorChoice:
    """The choice for a candidate: measured where it was not before with these libraries, so that the same candidate always
    gets the same payload here. inputs: the digests of the candidate and of the sealed rows."""
    return steps.do(
        "evaluator",
        {**inputs, "libraries": _versions(), **({"by": "rule"} if _by_rule(shop) else {})},
        EvaluatorChoice,
        lambda: _Race(shop, table, lesson).choice(),
        lambda choice: say_evaluators(choice.measured),
        lambda choice: choice.files.values(),
    )


def own_choice(lesson: Lesson) -> EvaluatorChoice:
    """The family's own answers; nothing is measured."""
    return EvaluatorChoice(evaluator=lesson.candidate.evaluator, files={}, measured=())


def recorded_choice(shop: Workshop, candidate: Candidate, info: PayloadInfo, features: int) -> EvaluatorChoice:
    """The choice that a payload was packed with, for a candidate that was made again: nothing is measured.

    features: how many the model takes. Raises Unavailable where that evaluator cannot be had here.
    """
    own = candidate.evaluator
    if info.stands_for is None or own != info.stands_for:
        return EvaluatorChoice(evaluator=own, files={}, measured=())
    files = {name: shop.blobs.get(digest) for name, digest in candidate.files.items()}
    twin = make_twin(info.evaluator, own, files, features)
    if isinstance(twin, str):
        raise Unavailable(f"it answers with {info.evaluator}: {twin}", where="rebuild", code="rebuild.evaluator")
    return _choice(shop, info.evaluator, own, twin.files)


def _choice(
    shop: Workshop, name: str, own: str, files: Mapping[str, bytes], measured: tuple[MeasuredEvaluator, ...] = ()
) -> EvaluatorChoice:
    return EvaluatorChoice(
        evaluator=name,
        stands_for=None if name == own else own,
        files={file: shop.blobs.put(content) for file, content in files.items()},
        measured=measured,
    )


@dataclass(frozen=True, slots=True)
class _Race:
    """What is needed to measure."""

    shop: Workshop
    table: Table
    lesson: Lesson

    def choice(self) -> EvaluatorChoice:
        """Measured on the sealed rows, of which nothing but the features is looked at, as many as are made to tell twins apart;
        of a refit on the newest rows."""
        own = self.lesson.candidate.evaluator
        files = {name: self.shop.blobs.get(digest) for name, digest in self.lesson.candidate.files.items()}
        real = np.ascontiguousarray(BatchEncoder(self.lesson.plan).encode(take(self.table.columns, self._rows())))
        made = {name: make_twin(name, own, files, real.shape[1]) for name in TWINS.get(own, ())}
        made = {name: self._small(twin, files) for name, twin in made.items()}
        twins = {name: twin for name, twin in made.items() if isinstance(twin, Twin)}
        hard = hard_rows(own, files, real, self.shop.spec.split.seed) if twins else real[:0]
        measured = choose(
            Contestant(own, load_evaluator(own, files)),
            [Contestant(name, twin.evaluator) for name, twin in twins.items()],
            spaced(real, len(hard)) if twins else real,
            hard,
        )
        measured = own_stays(measured, BY_RULE) if _by_rule(self.shop) else measured
        absent = [_absent(name, why) for name, why in made.items() if isinstance(why, str)]
        return self._chosen(own, (*measured, *absent), twins)

    def _rows(self) -> NDArray[np.intp]:
        sealed = np.flatnonzero(self.lesson.assignment == SEALED)
        return sealed if len(sealed) else np.flatnonzero(self.lesson.assignment > SEALED)[-NEWEST:]

    def _small(self, twin: Twin | str, files: Mapping[str, bytes]) -> Twin | str:
        """A twin, or why there is none: one that would take the model beyond the size that was asked for is no twin."""
        if isinstance(twin, str):
            return twin
        around = around_bytes(self.lesson.plan, self.table.contract)
        over = too_large(self.shop.spec.search.goal, (*files.values(), *twin.files.values()), around)
        return "with its files the model would be larger than search.goal.size" if over else twin

    def _chosen(self, own: str, measured: tuple[MeasuredEvaluator, ...], twins: Mapping[str, Twin]) -> EvaluatorChoice:
        name = next(one.name for one in measured if one.chosen)
        files = {} if name == own else twins[name].files
        return _choice(self.shop, name, own, files, measured)


def _by_rule(shop: Workshop) -> bool:
    """Whether the same rows, spec and seed are to give the same payload, whatever the clock says."""
    return shop.spec.search.trials is not None


def _absent(name: str, why: str) -> MeasuredEvaluator:
    return MeasuredEvaluator(name=name, equal=False, chosen=False, why_not=why)


def _versions() -> dict[str, str]:
    return {name: one.version for name in LIBRARIES for one in libraries(name) if one.name == name}
