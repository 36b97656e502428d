"""`mw rebuild`: the payload of a version made again from its rows, after the recipe in its provenance, and compared."""

import io
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from millwright.errors import ModelRefused, PackageRefused
from millwright.loop.evaluator import recorded_choice
from millwright.loop.judge import payload_of
from millwright.loop.learn import Lesson, folded_problem, plan_of, split_of
from millwright.loop.opened import chosen_version
from millwright.loop.rows_again import golden_again, rows_again
from millwright.loop.searching import search_metric
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.models.own_code import read_own
from millwright.package.environment import Environment, changed_since
from millwright.package.keys import Trust
from millwright.package.layout import CONTRACT, INFO, MANIFEST, MAX_MANIFEST, PLAN, entries_of, payload_digest
from millwright.package.tree import read_file
from millwright.package.verify import Verified, verify_package
from millwright.records.codec import digest_of, from_json, sha256
from millwright.records.data import Contract
from millwright.records.modelling import Candidate, Encoder, FeaturePlan, PayloadInfo, Recipe, Split, Trial, TrialConfig
from millwright.records.rebuilding import PROVENANCE, Provenance, Rebuilt
from millwright.records.running import Run
from millwright.search.folds import SEALED, load_assignment
from millwright.search.remake import Remade, remake
from millwright.stores.blob_loan import BorrowedBlobs
from millwright.stores.blobs import FileBlobs
from millwright.stores.durable import make_folder

Say = Callable[[str], None]


def rebuild(shop: Workshop, name: str | None, say: Say) -> Rebuilt:
    """Make the payload of a version, or of the package in a folder, again, and say whether it is the same to the byte.

    Nothing is searched for, entered or released: what is written lies in a scratch folder that is gone afterwards. Raises
    NotFound, PackageRefused; ModelRefused where it was not learnt from rows here; DataRefused where these cannot be had.
    """
    verified, version = _package(shop, name)
    origin, recipe = _origin(verified, version)
    began = time.monotonic()
    where = make_folder(shop.home.work)
    with threadpool_limits(1, "blas"), tempfile.TemporaryDirectory(prefix="rebuild-", dir=where) as scratch:
        place = Path(scratch)
        blobs = BorrowedBlobs(FileBlobs(place / "blobs"), shop.blobs)
        made = _Remaking(replace(shop, spec=origin.spec, blobs=blobs), verified, origin, recipe, place, say).made()
    then = from_json(Environment, verified.files["environment.json"])
    return replace(made, version=version, seconds=time.monotonic() - began, environment=changed_since(then))


def _package(shop: Workshop, name: str | None) -> tuple[Verified, str]:
    """A package with every byte verified, and its name: of a version, or in a folder wherever it lies."""
    folder = Path(name) if name is not None else None
    if folder is not None and (folder / MANIFEST).is_file():
        digest = sha256(read_file(folder, MANIFEST, MAX_MANIFEST))
        verified = verify_package(folder, digest, Trust(shop.trust))
        theirs, called = verified.manifest.project, f"package {digest[:12]}"
        if theirs != shop.project:
            fix = f"call it in the folder of {theirs} (-C)"
            raise PackageRefused(f"is of project {theirs}", where=called, fix=fix, code="rebuild.project")
        return verified, called
    version = chosen_version(shop, name)
    return verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust)), version.name


def _origin(verified: Verified, version: str) -> tuple[Provenance, Recipe]:
    """What it was made from. Raises ModelRefused where that is nothing that can be done again."""
    try:
        origin = from_json(Provenance, verified.files[PROVENANCE])
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError) as error:
        what = f"{PROVENANCE} is of a form this Millwright does not read: {error}"
        raise PackageRefused(what, where=version, fix="rebuild it with the version of Millwright that made it") from error
    if origin.recipe is not None:
        return origin, origin.recipe
    if origin.imported is not None:
        what = f"it was imported from {origin.imported.file} (sha256 {origin.imported.sha256[:12]}), and made elsewhere"
        raise ModelRefused(what, where=version, fix="what was imported is in the package", code="rebuild.imported")
    if origin.note:
        fix = "rebuild that version: its model files are the same"
        raise ModelRefused(f"it is {origin.note}", where=version, fix=fix, code="rebuild.recalibrated")
    what = "its provenance does not say which fits it was made of: it was packed by an earlier Millwright"
    raise ModelRefused(what, where=version, fix="`mw train` makes one that can be rebuilt", code="rebuild.older")


@dataclass(frozen=True, slots=True)
class _Remaking:
    """One payload that is made again. shop: with the spec that it was made by, and blobs of its own."""

    shop: Workshop
    verified: Verified
    origin: Provenance
    recipe: Recipe
    folder: Path
    say: Say

    def made(self) -> Rebuilt:
        shop, origin, manifest = self.shop, self.origin, self.verified.manifest
        rows = rows_again(shop, origin.snapshot, shop.spec.data, self.folder)
        self.say(f"{origin.snapshot.rows:,} rows {'kept here' if rows == 'kept' else f'from {shop.spec.data.source}'}")
        begun = Rebuilt(
            version="",
            package=self.verified.digest,
            payload_digest=manifest.payload_digest,
            rebuilt_digest="",
            rows=rows,
            fits=0,
            seconds=0.0,
        )
        table = self._table()
        split = split_of(shop, table)
        plan = plan_of(shop, table, load_assignment(split, shop.blobs) > SEALED, self._made())
        apart = [what for what, same in self._same(split.assignment, digest_of(plan)).items() if not same]
        return replace(begun, apart=tuple(apart)) if apart else self._fitted(begun, table, split, plan)

    def _fitted(self, begun: Rebuilt, table: Table, split: Split, plan: FeaturePlan) -> Rebuilt:
        """The same with the payload that the recipe gives on these rows."""
        shop, recipe, metric = self.shop, self.recipe, search_metric(self.shop, table.task)
        assignment = load_assignment(split, shop.blobs)
        problem, folds = folded_problem(shop, table, plan, split, assignment)
        memory, own = shop.spec.search.memory, read_own(shop.base, [model.config.family for model in recipe.models])
        remade = remake(problem, folds, recipe, metric=metric, folder=self.folder, memory=memory, own=own, tell=self._tell)
        lesson = Lesson(
            split,
            assignment,
            plan,
            self._candidate(remade, metric.name),
            (),
            self.origin.bounds,
            like=None if any(model.fits for model in recipe.models) else self._info,
        )
        choice = recorded_choice(shop, lesson.candidate, self._info, len(plan.features))
        payload = payload_of(shop, self._run(), table, lesson, choice)
        return replace(
            begun,
            rebuilt_digest=payload_digest(entries_of(payload, {})),
            fits=recipe.count,
            files=self._other(payload),
            apart=remade.apart,
        )

    def _table(self) -> Table:
        contract, bounds = from_json(Contract, self.verified.files[CONTRACT]), self.origin.bounds
        golden_again(self.shop, bounds.golden, self.folder)
        snapshot = self.origin.snapshot
        return Table(self.shop, snapshot, contract, since=bounds.since, holdout=bounds.holdout, golden=bounds.golden)

    def _made(self) -> Sequence[Encoder] | None:
        """How features are made of others: as kept, or as the rows say; not at all in a package that is older than that."""
        kept = self.origin.bounds.made
        anew = "generated" in from_json(FeaturePlan, self.verified.files[PLAN]).layers
        return None if kept is None and anew else kept or ()

    def _same(self, assignment: str, plan: str) -> dict[str, bool]:
        return {
            "the rows are divided otherwise": assignment == self.origin.assignment,
            "the columns become other features": plan == self.origin.plan,
        }

    def _tell(self, number: int, total: int, what: str) -> None:
        self.say(f"fit {number} of {total}: {what}")

    @property
    def _info(self) -> PayloadInfo:
        return from_json(PayloadInfo, self.verified.files[INFO])

    def _candidate(self, remade: Remade, metric: str) -> Candidate:
        """What was made again, in the place of a candidate: nothing was searched for, so there are no scores."""
        blobs, scores = self.shop.blobs, io.BytesIO()
        np.save(scores, remade.out_of_fold, allow_pickle=False)
        files = {name: blobs.put(content) for name, content in remade.fitted.files.items()}
        trial = Trial(number=1, config=TrialConfig(name="made again", family="remade"), state="finished", score=None)
        return Candidate(
            trial=trial,
            baseline=trial,
            evaluator=remade.fitted.evaluator,
            files=files,
            baseline_evaluator=remade.fitted.evaluator,
            baseline_files=files,
            out_of_fold=blobs.put(scores.getvalue()),
            metric=metric,
        )

    def _run(self) -> Run:
        origin = self.origin
        return Run(
            id=origin.run,
            project=self.shop.project,
            spec=digest_of(origin.spec),
            state="running",
            as_of=origin.as_of,
            started_at=origin.as_of,
            finished_at=None,
            reason="",
            version=None,
            actor=origin.actor,
        )

    def _other(self, payload: Mapping[str, bytes]) -> tuple[str, ...]:
        """The files that are not the same, there or here."""
        there = {entry.path: entry.sha256 for entry in self.verified.manifest.files if entry.part == "payload"}
        here = {path: sha256(content) for path, content in payload.items()}
        return tuple(sorted(path for path in {*there, *here} if there.get(path) != here.get(path)))
