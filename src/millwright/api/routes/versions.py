"""Versions: the list, and one with everything that its package says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import MaxLen, MinLen
from fastapi import Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.desk import Routes, project_of
from millwright.api.figures import Figures, figures_of_package
from millwright.api.listing import Moment, Search, Wanted
from millwright.api.packaged import zipped
from millwright.api.pages import PAGE, html, under_its_name
from millwright.api.reading import Opened, open_package
from millwright.api.routes.decisions import Word
from millwright.api.told import tell
from millwright.api.trying import MOST_ROWS, OPEN, Tried, named_version, try_rows
from millwright.loop.archiving import why_not
from millwright.project import Project
from millwright.records.data import Check, Contract
from millwright.records.deciding import Decision
from millwright.records.judging import Evaluation, Timings, Verdict
from millwright.records.record import record
from millwright.records.release import FileEntry, Release, Version
from millwright.registry import aliases, archived, lists, releases, versions
from millwright.registry.pages import Asked, Page

routes = Routes("versions")
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"description": "A zip.", "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}
Standing = Literal["live", "shadow", "canary", "was_live", "never"]


@record
class VersionRow:
    """A version in a list. standing: whether it is live, being tried, was live, or never was. aliases: names that point at
    it. archived: the decision that put it away."""

    version: Version
    name: str
    standing: Standing
    aliases: tuple[str, ...]
    figures: Figures | None
    archived: Decision | None


@record
class Signed:
    """Whether a package is as it was signed. refused: what is wrong with it, where something is."""

    ok: bool
    key: str
    refused: str


@record
class VersionPage:
    """A version with what its package says: all of it is None where the package was changed or is gone (see signed). archived:
    the decision that put it away. kept: why it cannot be archived now; empty where it can."""

    version: Version
    name: str
    standing: Standing
    aliases: tuple[str, ...]
    archived: Decision | None
    kept: str
    signed: Signed
    releases: tuple[Release, ...]
    evaluation: Evaluation | None
    verdict: Verdict | None
    timings: Timings | None
    contract: Contract | None
    checks: tuple[Check, ...]
    card: str
    provenance: dict[str, Any] | None
    environment: Any
    files: tuple[FileEntry, ...]
    example: dict[str, Any] | None


@routes.get("/projects/{project}/versions", "viewer", Page[VersionRow])
def list_versions(
    request: Request,
    asked: Wanted,
    q: Search = "",
    verdict: Annotated[list[Literal["passed", "failed", "inconclusive"]] | None, Query()] = None,
    put_away: Annotated[Literal["no", "only", "all"], Query(alias="archived")] = "no",
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """Versions, the newest first, with their verdicts and how they did. archived: without those that are (no), those alone
    (only), or all. sort: number, created_at, verdict."""
    here = project_of(request)
    sought = lists.Sought(text=q, kinds=tuple(verdict or ()), since=since, until=until)

    def listed() -> Page[VersionRow]:
        with here.workshop.catalogue.read() as view:
            stands = _Stands.of(view, here.spec.project)
            among = stands.archived if put_away == "only" else None
            without = stands.archived if put_away == "no" else ()
            page = lists.version_page(view, here.spec.project, asked, sought, among=among, without=without)
        return Page(items=tuple(_row(here, stands, one) for one in page.items), total=page.total, next=page.next)

    return tell(request, listed)


@routes.get("/projects/{project}/versions/{version}", "viewer", VersionPage)
def show_version(request: Request, version: str) -> Response:
    """A version (v3, 3, or an alias): card, gates with evidence, signature, schema, slices, lineage, and a row to try it
    with."""
    here = project_of(request)
    with here.workshop.catalogue.read() as view:
        found = versions.get(view, here.spec.project, version)
        stands = _Stands.of(view, here.spec.project)
        row = _row(here, stands, found)
        sought = lists.Sought(version=found.number)
        history = lists.release_page(view, here.spec.project, Asked(limit=100), sought).items
        kept = why_not(view, found)
    opened = open_package(here.workshop, found)
    return answer(_page(row, history, opened, "" if kept is None else kept.what))


@routes.get("/projects/{project}/versions/{version}/report", "viewer", responses=PAGE)
def show_report(request: Request, version: str) -> Response:
    """The report of a version as its package has it, under the version's name: one HTML page."""
    here = project_of(request)
    with here.workshop.catalogue.read() as view:
        found = versions.get(view, here.spec.project, version)
    opened = open_package(here.workshop, found)
    return html(under_its_name(opened.whole()["report.html"], found))


@routes.get("/projects/{project}/versions/{version}/package", "operator", responses=_ZIP)
def take_package(request: Request, version: str) -> Response:
    """The signed package of a version as a zip, verified before it is given: payload, evaluation, card, bill of materials,
    manifest and signature."""
    here = project_of(request)
    with here.workshop.catalogue.read() as view:
        found = versions.get(view, here.spec.project, version)
    opened = open_package(here.workshop, found)
    content = zipped(here.workshop.home.packages, opened.verified, opened.refused)
    name = f'attachment; filename="{here.spec.project}-{found.name}.zip"'
    return Response(content, media_type="application/zip", headers={"Content-Disposition": name})


@dataclass(frozen=True, slots=True)
class _Stands:
    """What is live, being tried, was live and is archived."""

    now: Release | None
    named: dict[str, int]
    ever_live: frozenset[int]
    archived: Mapping[int, Decision]

    @classmethod
    def of(cls, view: Connection, project: str) -> "_Stands":
        """As it stands in the catalogue."""
        return cls(
            now=releases.current(view, project),
            named=aliases.of_project(view, project),
            ever_live=releases.ever_live(view, project),
            archived=archived.of_project(view, project),
        )

    def standing(self, version: Version) -> Standing:
        """How a version stands."""
        if self.now is not None and self.now.version == version.number:
            return "live"
        if self.now is not None and self.now.challenger == version.number and self.now.stage is not None:
            return self.now.stage
        return "was_live" if version.number in self.ever_live else "never"

    def names(self, version: Version) -> tuple[str, ...]:
        """The aliases of a version."""
        return tuple(name for name, number in self.named.items() if number == version.number)


def _row(here: Project, stands: _Stands, version: Version) -> VersionRow:
    return VersionRow(
        version=version,
        name=version.name,
        standing=stands.standing(version),
        aliases=stands.names(version),
        figures=figures_of_package(here.workshop.home.packages, version.package),
        archived=stands.archived.get(version.number),
    )


def _page(row: VersionRow, history: tuple[Release, ...], opened: Opened, kept: str) -> VersionPage:
    return VersionPage(
        version=row.version,
        name=row.name,
        standing=row.standing,
        aliases=row.aliases,
        archived=row.archived,
        kept=kept,
        signed=Signed(ok=not opened.refused, key=opened.key, refused=opened.refused),
        releases=history,
        evaluation=opened.evaluation,
        verdict=opened.verdict,
        timings=opened.timings,
        contract=opened.contract,
        checks=opened.checks,
        card=opened.card,
        provenance=opened.provenance,
        environment=opened.environment,
        files=opened.files,
        example=opened.example,
    )


@routes.post("/projects/{project}/versions/{version}/archive", "approver", Decision)
def archive_version(request: Request, version: str, given: Word) -> Response:
    """Put a version away that is not to be used again: lists leave it out, and it is not released until it is restored. What
    is live, being tried or on the way back of rollbacks cannot be archived. Nothing is removed."""
    (done,) = project_of(request).archive(version, reason=given.reason)
    return answer(done)


@routes.post("/projects/{project}/versions/{version}/restore", "approver", Decision)
def restore_version(request: Request, version: str, given: Word) -> Response:
    """Take a version out of the archive."""
    (done,) = project_of(request).restore(version, reason=given.reason)
    return answer(done)


@record
class Rows:
    """Rows to try a version with, as a client would send them."""

    rows: Annotated[tuple[dict[str, Any], ...], MinLen(1), MaxLen(MOST_ROWS)]


@record
class Answers:
    """What a version says of each row, in their order. Nothing of it is logged."""

    version: str
    answers: tuple[Tried, ...]


@routes.post("/projects/{project}/versions/{version}/predict", "viewer", Answers)
def try_version(request: Request, version: str, given: Rows) -> Response:
    """Try a version with rows of one's own: each answer with what each column added. Nothing is logged."""
    here = project_of(request)
    found = named_version(here.workshop, version)
    return answer(Answers(version=found.name, answers=try_rows(OPEN.scorer(here.workshop, found), given.rows)))
