"""Rehearsals: histories that were played through the loop, and what each policy would have brought."""

from pathlib import Path
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.desk import Routes, project_of
from millwright.api.pages import PAGE, html
from millwright.errors import NotFound
from millwright.loop.rehearsal.place import MARK
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.record import record
from millwright.records.rehearsing import Advice, Rehearsal, Share

routes = Routes("rehearsals")
_FILE = "rehearsal.json"


@record
class RehearsalRow:
    """A rehearsal in a list: its id, when it ended, and what came of it."""

    id: str
    at: float
    share: Share | None
    advice: tuple[Advice, ...]
    faults: int
    remarks: tuple[str, ...]


@record
class RehearsalList:
    """The rehearsals of a project, the newest first."""

    items: tuple[RehearsalRow, ...]
    total: int
    next: None = None


@routes.get("/projects/{project}/rehearsals", "viewer", RehearsalList)
def list_rehearsals(request: Request) -> Response:
    """The rehearsals that lie beside the spec, the newest first."""
    found = [(path, kept) for path in _files(project_of(request)) if (kept := _read(path)) is not None]
    rows = [_row(path, kept) for path, kept in found]
    rows.sort(key=lambda row: -row.at)
    return answer(RehearsalList(items=tuple(rows), total=len(rows)))


@routes.get("/projects/{project}/rehearsals/{rehearsal}", "viewer", dict[str, Any])
def show_rehearsal(request: Request, rehearsal: str) -> Response:
    """One rehearsal, whole: its story, the faults that were met, the share that was won, the policies that were tried."""
    return answer(_named(project_of(request), rehearsal)[1])


@routes.get("/projects/{project}/rehearsals/{rehearsal}/report", "viewer", responses=PAGE)
def show_report(request: Request, rehearsal: str) -> Response:
    """The page of a rehearsal."""
    path, kept = _named(project_of(request), rehearsal)
    page = path.parent / Path(kept.report).name
    if not page.is_file():
        raise NotFound("the rehearsal's page is gone", fix="`mw rehearse` makes it anew", code="rehearsal.missing")
    return html(page.read_bytes())


def _files(here: Project) -> list[Path]:
    """The files of rehearsals in folders beside the spec; none through a link."""
    folders = [one for one in here.path.parent.iterdir() if one.is_dir() and not one.is_symlink()]
    return [one / _FILE for one in folders if (one / MARK).is_file() and (one / _FILE).is_file()]


def _named(here: Project, name: str) -> tuple[Path, Rehearsal]:
    for path in _files(here):
        if path.parent.name == name and (kept := _read(path)) is not None:
            return path, kept
    raise NotFound(f"there is no rehearsal {name[:80]!a}", fix="`mw rehearse` plays one", code="rehearsal.missing")


def _read(path: Path) -> Rehearsal | None:
    try:
        return from_json(Rehearsal, path.read_bytes())
    except (OSError, msgspec.DecodeError):  # gone, or of another Millwright: the others are shown
        return None


def _row(path: Path, kept: Rehearsal) -> RehearsalRow:
    return RehearsalRow(
        id=path.parent.name,
        at=path.stat().st_mtime,
        share=kept.share,
        advice=kept.advice,
        faults=len(kept.faults),
        remarks=kept.remarks,
    )
