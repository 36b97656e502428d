"""A recalibration: the live model as it is, its calibration and threshold fitted anew on rows that came after it learnt."""

import io
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.errors import ModelRefused
from millwright.features.batch import BatchEncoder
from millwright.loop.learn import Lesson, seen_of, split_rows
from millwright.loop.opened import live_version, open_version
from millwright.loop.progress import Listener
from millwright.loop.prove import Proof
from millwright.loop.steps import REFIT, Steps
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.evaluator import load_evaluator
from millwright.records.codec import digest_of, from_json
from millwright.records.modelling import Candidate
from millwright.records.release import Version
from millwright.records.running import Run
from millwright.registry import steps as catalogue_steps
from millwright.search.folds import SEALED

Array = NDArray[Any]

STEP = "recalibrate"
MADE_BY = frozenset({"search", STEP, f"{REFIT} fit"})
"""Steps that leave a candidate."""


def candidate_of(shop: Workshop, version: Version) -> Candidate | None:
    """What a version was made from; None where its run is not known here any more, or searched for nothing."""
    with shop.catalogue.read() as view:
        found = [step for step in catalogue_steps.of_run(view, version.run) if step.name in MADE_BY]
    return from_json(Candidate, shop.blobs.get(found[-1].output)) if found else None


@dataclass(frozen=True, slots=True)
class Recalibrating:
    """The candidate is the live model, with its own scores on rows that it never saw."""

    shop: Workshop
    reason: str = ""
    by_hand: bool = False

    @property
    def asked(self) -> str:
        """The spec and the model."""
        live = live_version(self.shop)
        return digest_of({"spec": digest_of(self.shop.spec), "model": live.payload_digest if live else ""})

    def prepare(self) -> None:
        """Raises ModelRefused where there is no model whose calibration may be fitted anew."""
        self._live()
        if self.shop.spec.data.time is None:
            what = "without a time column nobody can say which rows the live model has not learnt from"
            raise ModelRefused(what, fix="set data.time, or `mw train`", code="recalibrate.no_time")

    def _live(self) -> tuple[Version, Candidate]:
        live = live_version(self.shop)
        made = candidate_of(self.shop, live) if live else None
        if live is None or made is None:
            what = "the live model's parts are not known here: it was imported, or its run is gone"
            raise ModelRefused(what, fix="`mw train` makes a model anew", code="recalibrate.unknown")
        return live, made

    def teach(self, run: Run, steps: Steps, proof: Proof, table: Table, listen: Listener) -> Lesson:  # noqa: ARG002
        """Split, and ask the live model about the rows."""
        live, made = self._live()
        plan = open_version(self.shop, live).scorer.plan
        split, assignment = split_rows(self.shop, steps, proof, table)

        def scored() -> Candidate:
            files = {name: self.shop.blobs.get(digest) for name, digest in made.files.items()}
            X = BatchEncoder(plan).encode(take(table.columns, assignment > SEALED))
            raw = load_evaluator(made.evaluator, files).batch(X)
            note = f"the model of {live.name} calibrated anew"
            return replace(made, out_of_fold=self.shop.blobs.put(_as_bytes(raw)), note=note, recipe=None)

        candidate = steps.do(
            STEP,
            {**seen_of(proof), "assignment": split.assignment, "model": live.payload_digest},
            Candidate,
            scored,
            lambda _c: f"{int((assignment > SEALED).sum()):,} newer rows for the model of {live.name}",
            lambda c: (*c.files.values(), *c.baseline_files.values(), c.out_of_fold),
        )
        return Lesson(split, assignment, plan, candidate, ())


def _as_bytes(raw: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, raw, allow_pickle=False)
    return buffer.getvalue()
