"""A version's package, verified and opened for use in the control plane."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import msgspec

from millwright.errors import NotFound
from millwright.loop.workshop import Workshop
from millwright.models.scorer import Scorer
from millwright.package.keys import Trust
from millwright.package.open import Payload, open_payload, scorer_of
from millwright.package.verify import Verified, verify_package
from millwright.records.codec import from_json
from millwright.records.data import Contract, ContractColumn, Profile
from millwright.records.judging import Evaluation
from millwright.records.rebuilding import PROVENANCE, Provenance
from millwright.records.release import Version
from millwright.registry import archived, releases, versions


@dataclass(frozen=True, slots=True)
class Model:
    """A version with all that is known of it: what answers, how it was judged, and what it was trained on."""

    version: Version
    payload: Payload
    evaluation: Evaluation
    profile: Profile

    @property
    def contract(self) -> Contract:
        """Its contract, with the levels of a column in order of how common they were."""
        top = {column.name: [level for level, _ in column.top] for column in self.profile.columns}
        own = self.payload.scorer.contract
        return replace(own, columns=tuple(_commonest_first(column, top.get(column.name, [])) for column in own.columns))


def _commonest_first(column: ContractColumn, top: list[str]) -> ContractColumn:
    if column.levels is None:
        return column
    known = set(column.levels)
    return replace(column, levels=tuple(dict.fromkeys((*(level for level in top if level in known), *column.levels))))


def open_model(shop: Workshop, version: Version) -> Model:
    """Verify every byte of a version's package, then open it and its attestations. Raises PackageRefused."""
    verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    payload, evaluation, profile = _read(_Named(version.package, verified))
    return Model(version=version, payload=payload, evaluation=evaluation, profile=profile)


@dataclass(frozen=True, slots=True)
class _Named:
    """A verified package by its digest, which says every byte of it."""

    digest: str
    verified: Verified = field(compare=False)


@lru_cache(maxsize=4)
def _read(named: _Named) -> tuple[Payload, Evaluation, Profile]:
    """What a package holds. A loop opens the same few again and again: each time every byte is verified, and read once."""
    files = named.verified.files
    evaluation, profile = from_json(Evaluation, files["evaluation.json"]), from_json(Profile, files["profile.json"])
    return open_payload(named.verified), evaluation, profile


os.register_at_fork(before=_read.cache_clear)  # what answers may have threads, which would not be there in the child


def open_version(shop: Workshop, version: Version) -> Payload:
    """Verify every byte of a version's package, then open it. Raises PackageRefused."""
    folder = shop.home.packages / version.package
    return open_payload(verify_package(folder, version.package, Trust(shop.trust)))


def open_judged(shop: Workshop, version: Version) -> Scorer:
    """What was judged of a version: it itself, or the twin whose refit it is, which has not learnt from the sealed rows.

    Raises PackageRefused; NotFound, Unavailable where the twin is not here: the package came from elsewhere.
    """
    verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    twin = _twin(verified)
    return scorer_of({path: shop.blobs.get(digest) for path, digest in twin.items()}) if twin else open_payload(verified).scorer


def is_refit(shop: Workshop, version: Version) -> bool:
    """Whether a version is the refit of what was judged. Raises PackageRefused."""
    return bool(_twin(verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))))


def _twin(verified: Verified) -> Mapping[str, str]:
    """The files of the payload that was judged, by path, as digests of blobs; none where that is the one in the package, as it
    is where what is said of its origin is of an older form."""
    try:
        return from_json(Provenance, verified.files[PROVENANCE]).judged
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def chosen_version(shop: Workshop, name: str | None) -> Version:
    """The named version; without a name the live one, else the newest that passed. Raises NotFound."""
    with shop.catalogue.read() as view:
        if name is not None:
            return versions.get(view, shop.project, name)
        live = releases.current(view, shop.project)
        if live is not None:
            return versions.numbered(view, shop.project, live.version)
        away = archived.of_project(view, shop.project)
        passed = [v for v in versions.page(view, shop.project) if v.verdict == "passed" and v.number not in away]
    if not passed:
        raise NotFound(
            f"project {shop.project} has nothing live and no version that passed",
            fix="train one with `mw train`, or name one with --version",
            code="version.missing",
        )
    return passed[0]


def live_version(shop: Workshop) -> Version | None:
    """The version that is live, or None."""
    with shop.catalogue.read() as view:
        live = releases.current(view, shop.project)
        return versions.numbered(view, shop.project, live.version) if live else None


def version_before(shop: Workshop) -> Version | None:
    """The version that a rollback goes back to; None where there is none."""
    with shop.catalogue.read() as view:
        try:
            return releases.previous(view, shop.project)
        except NotFound:
            return None
