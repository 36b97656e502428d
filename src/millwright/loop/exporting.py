"""Exports of a version: verified, loaded in a child process and answering its golden rows first; each is in the audit."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, rows_in, take
from millwright.data.read import iter_columns
from millwright.errors import MillwrightError
from millwright.export.container import Baked, ContainerExport, ContainerOptions, export_container
from millwright.export.mlflow import MlflowExport, export_mlflow
from millwright.export.onnx import OnnxExport, export_onnx
from millwright.export.subject import Subject
from millwright.export.target import refuse_taken
from millwright.loop.opened import chosen_version
from millwright.loop.publishing import serve_settings
from millwright.loop.releasing import prove_loadable
from millwright.loop.workshop import Workshop
from millwright.models.onnx_graph import Precision
from millwright.models.scorer import Scorer
from millwright.package.keys import SigningKey, Trust
from millwright.package.open import open_payload
from millwright.package.verify import verify_package
from millwright.records.codec import digest_of, from_json, to_plain
from millwright.records.data import Snapshot
from millwright.records.release import ReleaseState, Version
from millwright.registry import audit, releases

Array = NDArray[Any]

COMPARED_ROWS = 20_000
"""Real rows that an ONNX graph is compared on."""
_BATCH = 50_000


def as_container(
    shop: Workshop, name: str | None, out: Path, options: ContainerOptions, *, force: bool = False
) -> ContainerExport:
    """Write the build context of a container that serves a version. Raises NotFound, PackageRefused, Conflict."""
    refuse_taken(out.absolute(), force=force)
    subject = _subject(shop, name)
    done = export_container(subject, out, _baked(shop, subject.version), options, force=force)
    _note(shop, subject, "export.container", done)
    return done


def as_mlflow(shop: Workshop, name: str | None, out: Path, *, force: bool = False) -> MlflowExport:
    """Write a version as an MLflow model. Raises NotFound, PackageRefused, Conflict."""
    refuse_taken(out.absolute(), force=force)
    subject = _subject(shop, name)
    package = shop.home.packages / subject.version.package
    done = export_mlflow(subject, out, package, Trust(shop.trust), shop.clock.now(), force=force)
    _note(shop, subject, "export.mlflow", done)
    return done


def as_onnx(
    shop: Workshop, name: str | None, out: Path, *, precision: Precision = "float64", force: bool = False
) -> OnnxExport:
    """Write a version as an ONNX graph. Raises NotFound, PackageRefused, Conflict, Unavailable without the extra."""
    subject = _subject(shop, name)
    done = export_onnx(subject, out, precision, _real_rows(shop, subject), force=force)
    _note(shop, subject, "export.onnx", done)
    return done


def _subject(shop: Workshop, name: str | None) -> Subject:
    version = chosen_version(shop, name)
    prove_loadable(shop.home, shop.trust, version.package)
    verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    return Subject(version, verified, open_payload(verified))


def _baked(shop: Workshop, version: Version) -> Baked:
    """What an image answers with: this version alone, under the number of the release that is current here."""
    with shop.catalogue.read() as view:
        live = releases.current(view, shop.project)
    release = ReleaseState(
        project=version.project,
        number=live.number if live else 1,
        version=version.number,
        package=version.package,
        payload_digest=version.payload_digest,
        default=True,
        since=shop.clock.now(),
    )
    return Baked(
        release=release,
        settings=serve_settings(shop),
        key=SigningKey.at(shop.signing_key, shop.trust),
        trust=Trust(shop.trust),
        package=shop.home.packages / version.package,
        live=live.version if live else None,
    )


def _real_rows(shop: Workshop, subject: Subject) -> Columns | None:
    """Rows of the snapshot that the version was trained on, at equal steps; None where its rows are not at hand."""
    try:
        snapshot = msgspec.convert(_provenance(subject)["snapshot"], Snapshot)
        return _thinned(shop, snapshot, subject.payload.scorer)
    except (KeyError, msgspec.ValidationError, MillwrightError):  # another home's package, or blobs that were cleared away
        return None


def _provenance(subject: Subject) -> dict[str, Any]:
    return from_json(dict[str, Any], subject.verified.files["provenance.json"])


def _thinned(shop: Workshop, snapshot: Snapshot, scorer: Scorer) -> Columns:
    step = max(snapshot.rows // COMPARED_ROWS, 1)
    names = list(dict.fromkeys(encoder.column for encoder in scorer.plan.encoders))
    batches = iter_columns(snapshot, shop.blobs, scorer.contract, _BATCH, names)
    parts = [take(batch, np.arange(0, rows_in(batch), step)) for batch in batches]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _note(shop: Workshop, subject: Subject, action: str, done: ContainerExport | MlflowExport | OnnxExport) -> None:
    with shop.catalogue.write() as tx:
        about = f"export of {shop.project} {subject.version.name}"
        audit.append(tx, actor=shop.actor, action=action, subject=about, detail=digest_of(to_plain(done)), at=shop.clock.now())
