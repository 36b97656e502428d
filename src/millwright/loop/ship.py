"""Ship: payload and attestations under one signed manifest, read back, and entered as a version."""

from collections.abc import Mapping

from millwright.evaluate.report.card import render_card
from millwright.evaluate.report.inputs import Refit, ReportInput
from millwright.evaluate.report.page import render_report
from millwright.loop.answered_by import TIMINGS
from millwright.loop.goal import drawn
from millwright.loop.judge import Judged
from millwright.loop.learn import Lesson
from millwright.loop.prove import Proof
from millwright.loop.steps import Steps
from millwright.loop.workshop import Workshop
from millwright.models.ensemble import evaluators_in
from millwright.models.families import distribution_of
from millwright.package.environment import environment
from millwright.package.keys import SigningKey, Trust
from millwright.package.layout import INFO
from millwright.package.sbom import sbom
from millwright.package.verify import verify_package
from millwright.package.write import write_package
from millwright.records.codec import digest_of, from_json, to_json
from millwright.records.modelling import PayloadInfo
from millwright.records.rebuilding import Provenance
from millwright.records.release import Version
from millwright.records.running import Run
from millwright.registry import runs, versions


def ship(shop: Workshop, run: Run, steps: Steps, proof: Proof, lesson: Lesson, judged: Judged) -> Version:
    """The package step: write, verify what was written, then enter the version. The same judgement gives the same version."""
    key = SigningKey.at(shop.signing_key, shop.trust)
    judgement = judged.judgement
    package = steps.do(
        "package",
        {
            "judgement": digest_of(judgement),
            "verdict": digest_of(judged.verdict),
            "spec": digest_of(shop.spec),
            "key": key.key_id,
        },
        str,
        lambda: _write(shop, run, proof, lesson, judged, key),
        lambda digest: f"signed {digest[:12]}, payload {judgement.payload_digest[:12]}",
    )
    if not (shop.home.packages / package).is_dir():  # it was removed since: the same parts make it again
        package = _write(shop, run, proof, lesson, judged, key)
    verified = verify_package(shop.home.packages / package, package, Trust(shop.trust))
    with shop.catalogue.write() as tx:
        return versions.add(
            tx,
            verified,
            run=run.id,
            verdict=judged.verdict.state,
            summary=judged.verdict.summary,
            actor=shop.actor,
            created_at=run.as_of,
        )


def _write(shop: Workshop, run: Run, proof: Proof, lesson: Lesson, judged: Judged, key: SigningKey) -> str:
    payload = {path: shop.blobs.get(digest) for path, digest in judged.judgement.payload.items()}
    info = from_json(PayloadInfo, payload[INFO])
    return write_package(
        shop.home.packages,
        payload=payload,
        attestations=_attestations(shop, run, proof, lesson, judged, payload),
        project=shop.project,
        created_at=run.as_of,
        key=key,
        evaluator=info.evaluator,
    )


def _attestations(
    shop: Workshop, run: Run, proof: Proof, lesson: Lesson, judged: Judged, payload: Mapping[str, bytes]
) -> dict[str, bytes]:
    """What is said of the payload, beside it: never needed to answer, always there to be read."""
    info = from_json(PayloadInfo, payload[INFO])
    pages = report_input(shop, run, proof, lesson, judged, info)
    judgement = judged.judgement
    asked = evaluators_in(info.evaluators, payload)
    recipe = lesson.packed.candidate.recipe
    fitted_by = {distribution_of(model.config.family) for model in recipe.models} if recipe else ()
    made_with = environment(*("onnxruntime" for name in asked if name in ("onnx", "imported")), *fitted_by)
    return {
        "profile.json": to_json(proof.profile),
        "checks.json": to_json(proof.checks),
        "split.json": to_json(lesson.split),
        "trials.json": to_json(lesson.trials),
        "evaluation.json": to_json(judgement.evaluation),
        "verdict.json": to_json(judged.verdict),
        TIMINGS: to_json(judgement.timings),
        "provenance.json": to_json(_provenance(shop, run, proof, lesson.packed, judged)),
        "environment.json": to_json(made_with),
        "sbom.json": sbom(made_with),
        "card.md": render_card(pages).encode(),
        "report.html": render_report(pages).encode(),
    }


def report_input(shop: Workshop, run: Run, proof: Proof, lesson: Lesson, judged: Judged, info: PayloadInfo) -> ReportInput:
    """Everything that the report and the card speak of."""
    return ReportInput(
        spec=shop.spec,
        snapshot=proof.snapshot,
        contract=proof.contract,
        profile=proof.profile,
        split=lesson.split,
        checks=proof.checks,
        plan=lesson.plan,
        trials=lesson.trials,
        candidate=lesson.candidate,
        evaluation=judged.judgement.evaluation,
        timings=judged.judgement.timings,
        verdict=judged.verdict,
        info=info,
        created_at=run.as_of,
        out_of_fold=judged.judgement.out_of_fold,
        readable=drawn(shop, lesson.packed.candidate, lesson.packed.plan, info),
        refit=_refit(run, lesson, judged),
    )


def _refit(run: Run, lesson: Lesson, judged: Judged) -> Refit | None:
    if lesson.refit is None:
        return None
    split = lesson.refit.split
    return Refit(
        rows=split.train,
        until=split.train_until,
        payload_digest=judged.judgement.payload_digest,
        in_shadow_first=run.id.startswith(runs.RETRAIN),
    )


def _provenance(shop: Workshop, run: Run, proof: Proof, lesson: Lesson, judged: Judged) -> Provenance:
    """From what the payload was made, and how it is made again."""
    candidate = lesson.candidate
    return Provenance(
        run=run.id,
        actor=run.actor,
        as_of=run.as_of,
        spec=shop.spec,
        snapshot=proof.snapshot,
        contract=digest_of(proof.contract),
        plan=digest_of(lesson.plan),
        assignment=lesson.split.assignment,
        candidate=digest_of(candidate),
        imported=candidate.imported,
        bounds=lesson.bounds,
        recipe=candidate.recipe,
        note=candidate.note if candidate.recipe is None else "",
        judged=dict(judged.twin),
    )
