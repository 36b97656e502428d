"""Open a verified package: from bytes in memory to what answers. No file is opened here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from millwright.errors import PackageRefused
from millwright.models.scorer import Scorer
from millwright.package.golden import Golden
from millwright.package.layout import CONTRACT, GOLDEN, INFO, MODEL, PLAN
from millwright.package.verify import Verified
from millwright.records.codec import from_json, to_json
from millwright.records.data import Contract
from millwright.records.modelling import FeaturePlan, PayloadInfo
from millwright.records.release import Manifest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload that answers."""

    info: PayloadInfo
    scorer: Scorer
    golden: Golden
    payload_digest: str
    manifest: Manifest


def payload_files(
    info: PayloadInfo, contract: Contract, plan: FeaturePlan, golden: Golden, model_files: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The payload of a package, by path; `model_files` are named as in `info.model_files`, in the package below model/."""
    records = {INFO: info, CONTRACT: contract, PLAN: plan, GOLDEN: golden}
    named = {path: to_json(record) for path, record in records.items()}
    return named | {MODEL + name: model_files[name] for name in info.model_files}


def scorer_of(files: Mapping[str, bytes]) -> Scorer:
    """What answers, from the files of a payload that was just made and is in no package yet."""
    info, contract = from_json(PayloadInfo, files[INFO]), from_json(Contract, files[CONTRACT])
    return Scorer(info, contract, from_json(FeaturePlan, files[PLAN]), _model(files))


def open_payload(verified: Verified) -> Payload:
    """The payload of a verified package, loaded. Load an unknown one in a child first (`probe_package`).

    Raises PackageRefused naming the file that is missing or does not fit.
    """
    files = verified.payload
    info = _record(verified, files, INFO, PayloadInfo)
    if info.project != verified.manifest.project:
        raise _refused(verified, INFO, f"is of project {info.project}, the manifest of {verified.manifest.project}")
    if verified.manifest.evaluator not in ("", info.evaluator):
        raise _refused(verified, INFO, f"names {info.evaluator}, the manifest {verified.manifest.evaluator}")
    contract, plan = _record(verified, files, CONTRACT, Contract), _record(verified, files, PLAN, FeaturePlan)
    return Payload(
        info=info,
        scorer=Scorer(info, contract, plan, _model(files)),
        golden=_record(verified, files, GOLDEN, Golden),
        payload_digest=verified.manifest.payload_digest,
        manifest=verified.manifest,
    )


def _model(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path.removeprefix(MODEL): content for path, content in files.items() if path.startswith(MODEL)}


def _record(verified: Verified, files: Mapping[str, bytes], path: str, kind: type[T]) -> T:
    if path not in files:
        raise _refused(verified, path, "is not in the payload")
    try:
        return from_json(kind, files[path])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refused(verified, path, f"is of a form this Millwright does not read: {error}") from error


def _refused(verified: Verified, path: str, what: str) -> PackageRefused:
    return PackageRefused(f"{path} {what}", where=f"package {verified.digest[:12]}", fix="train again with this Millwright")
