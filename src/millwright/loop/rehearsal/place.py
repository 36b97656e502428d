"""Where a rehearsal works: a project of its own in a folder of its own. The project that is rehearsed is not touched."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from millwright.errors import Conflict
from millwright.records.spec import AlertsSpec, Spec
from millwright.spec.write import write_spec
from millwright.stores.durable import make_folder, write_atomic

MARK, LOCK = ".millwright-rehearsal", ".lock"
SPEC_FILE, HISTORY_FILE = "millwright.yaml", "history.parquet"
STOPPED = "playing.json"
"""Says how far a play is; gone once it has ended."""


TUNED = "tune"
"""The folder in which other policies are played, each in one of its own."""


def check_folder(folder: Path) -> None:
    """Raise Conflict where a person's files are in the folder."""
    if folder.exists() and any(path.name != LOCK for path in folder.iterdir()) and not (folder / MARK).is_file():
        raise Conflict(
            "the folder holds something else", where=str(folder), fix="name another with --folder", code="rehearsal.folder"
        )


def clear(folder: Path) -> None:
    """Mark the folder as a rehearsal's own, made where absent, and remove what the projects in it are made of."""
    make_folder(folder)
    write_atomic(folder / MARK, b"made by `mw rehearse`; it may be deleted, and trained models are kept in it meanwhile\n")
    for one in (folder, *sorted((folder / TUNED).glob("*"))):
        _forget_project(one)


def _forget_project(folder: Path) -> None:
    for name in ("contract.yaml", "trust"):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def rehearsed_spec(spec: Spec) -> tuple[Spec, tuple[str, ...]]:
    """The spec of the rehearsal, and the lines it changes: it acts by itself, on a table that ends where the play begins."""
    both = "both" if spec.retrain.data == "source" else spec.retrain.data
    changed = replace(
        spec,
        contract="contract.yaml",
        data=replace(spec.data, source=HISTORY_FILE, delimiter=None, encoding=None),
        release=replace(spec.release, mode="auto", approvals=1),
        serve=replace(spec.serve, host="127.0.0.1", port=0),
        log=replace(spec.log, keep=None),
        policy=replace(spec.policy, mode="auto"),
        retrain=replace(spec.retrain, data=both),
        alerts=AlertsSpec(),
    )
    return changed, tuple(_changes(spec, changed))


def _changes(before: Spec, after: Spec) -> list[str]:
    """What a reader has to know of the difference."""
    lines = []
    if before.policy.mode != "auto":
        lines.append(f"policy.mode: auto (it is {before.policy.mode}): the rehearsal asks nobody")
    if before.release.approvals != after.release.approvals:
        lines.append(f"release.approvals: 1 (it is {before.release.approvals}): the rehearsal asks nobody")
    if before.retrain.data != after.retrain.data:
        lines.append(
            "retrain.data: both (it is source): the table ends where the play begins, and what is played is in the log"
        )
    if before.log.keep is not None:
        lines.append(f"log.keep: for ever (it is {before.log.keep}): the comparison needs every answer")
    if before.alerts.channels:
        lines.append("alerts: none are sent")
    return lines


def write_project(folder: Path, spec: Spec, contract: Path) -> Path:
    """Write the spec, and the contract that a person keeps; where the spec is."""
    path = folder / SPEC_FILE
    write_atomic(path, write_spec(spec, {}).encode(), mode=0o644)
    if contract.is_file():
        write_atomic(folder / spec.contract, contract.read_bytes(), mode=0o644)
    return path


def note_progress(folder: Path, asked: str, at: datetime) -> None:
    """Write down how far the play of what was asked (a digest) is."""
    write_atomic(folder / STOPPED, json.dumps({"asked": asked, "at": at.isoformat()}).encode())


def note_end(folder: Path) -> None:
    """The play is over."""
    (folder / STOPPED).unlink(missing_ok=True)


def stopped_at(folder: Path, asked: str) -> datetime | None:
    """How far an earlier play of the same came that was stopped; None where there was none."""
    try:
        found: dict[str, Any] = json.loads((folder / STOPPED).read_text())
        return datetime.fromisoformat(found["at"]).astimezone(UTC) if found["asked"] == asked else None
    except (OSError, ValueError, KeyError):
        return None
