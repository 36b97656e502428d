"""Data: the snapshots that were learnt from, their checks, the contract, and each column."""

from typing import Annotated, Any, Literal

from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.desk import Routes, project_of
from millwright.api.listing import Limit, Wanted
from millwright.api.proving import ComparedColumn, Proof, compare, proof_of
from millwright.errors import MillwrightError, NotFound, nearest
from millwright.records.data import Check, ColumnProfile, Contract, ContractColumn, SetAside
from millwright.records.record import record
from millwright.registry import snapshots
from millwright.registry.pages import Page, read_cursor, write_cursor
from millwright.registry.snapshots import ListedSnapshot

routes = Routes("data")
Order = Literal["", "name", "-name", "missing", "-missing", "distinct", "-distinct"]


@record
class SnapshotRow:
    """A snapshot in a list: id, the run that took it, when, how many rows of how many columns. None where its record is
    gone."""

    id: str
    run: str
    as_of: str
    digest: str | None
    rows: int | None
    columns: int | None
    size: int | None
    sources: tuple[str, ...]
    set_aside: int


@record
class SnapshotPage:
    """A snapshot with what was found in it."""

    row: SnapshotRow
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]
    checks: tuple[Check, ...]
    contract: Contract | None
    periods: tuple[tuple[str, int], ...]
    grain: str | None


@record
class ColumnRow:
    """A column in a list: its rule and the figures of its profile, without its parts."""

    name: str
    rule: ContractColumn | None
    kind: str
    count: int
    missing: int
    distinct: int | None
    minimum: float | None
    maximum: float | None
    mean: float | None
    sd: float | None
    top: tuple[tuple[str, int], ...]
    histogram: tuple[tuple[float, float, float], ...]


@record
class ColumnPage:
    """A column with its whole profile, and its missing share and mean by period. Values of pii columns are not among it."""

    row: ColumnRow
    profile: ColumnProfile
    periods: tuple[dict[str, Any], ...]
    hidden: bool


@routes.get("/projects/{project}/data", "viewer", Page[SnapshotRow])
def list_snapshots(request: Request, asked: Wanted) -> Response:
    """Snapshots, the newest first. sort: started_at."""
    here = project_of(request)
    with here.workshop.catalogue.read() as view:
        page = snapshots.page(view, here.spec.project, asked)
    rows = tuple(_snapshot(one, proof_of(here.workshop, one)) for one in page.items)
    return answer(Page(items=rows, total=page.total, next=page.next))


@routes.get("/projects/{project}/data/{snapshot}", "viewer", SnapshotPage)
def show_snapshot(request: Request, snapshot: str) -> Response:
    """A snapshot (its id, or how that begins): checks, contract, periods."""
    found, proof = _found(request, snapshot)
    profile = proof.profile
    return answer(
        SnapshotPage(
            row=_snapshot(found, proof),
            set_aside=proof.snapshot.set_aside if proof.snapshot else (),
            notes=proof.snapshot.notes if proof.snapshot else (),
            checks=proof.checks,
            contract=proof.contract,
            periods=tuple((one.period, one.rows) for one in profile.periods) if profile else (),
            grain=profile.grain if profile else None,
        )
    )


@routes.get("/projects/{project}/data/{snapshot}/columns", "viewer", Page[ColumnRow])
def list_columns(
    request: Request,
    snapshot: str,
    limit: Limit = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
    sort: Order = "",
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The columns of a snapshot, in its order or by name, missing or distinct values; q: part of a name."""
    _, proof = _found(request, snapshot)
    known = [one for one in proof.columns if q.lower() in one.name.lower()]
    if sort:
        by = sort.removeprefix("-")
        known.sort(key=lambda one: _order(one, by), reverse=sort.startswith("-"))
    start = int(read_cursor(cursor, 1)[0]) if cursor else 0
    rows = tuple(_column(one, proof) for one in known[max(start, 0) : start + limit])
    more = write_cursor(start + limit) if start + limit < len(known) else None
    return answer(Page(items=rows, total=len(known), next=more))


@routes.get("/projects/{project}/data/{snapshot}/columns/{column}", "viewer", ColumnPage)
def show_column(request: Request, snapshot: str, column: str) -> Response:
    """A column: histogram, levels, missing values, by period."""
    _, proof = _found(request, snapshot)
    found = next((one for one in proof.columns if one.name == column), None)
    if found is None:
        fix = nearest(column, [one.name for one in proof.columns]) or "see the columns of the snapshot"
        raise NotFound(f"there is no column {column[:80]!a}", fix=fix, code="column.missing")
    return answer(
        ColumnPage(
            row=_column(found, proof), profile=proof.shown(found), periods=proof.periods_of(column), hidden=proof.hides(column)
        )
    )


@routes.get("/projects/{project}/data/{snapshot}/compare/{other}", "viewer", Page[ComparedColumn])
def compare_snapshots(
    request: Request, snapshot: str, other: str, limit: Limit = 100, cursor: Annotated[str, Query(max_length=2000)] = ""
) -> Response:
    """Two snapshots, column by column, the most different first."""
    found = compare(_found(request, snapshot)[1], _found(request, other)[1])
    start = int(read_cursor(cursor, 1)[0]) if cursor else 0
    more = write_cursor(start + limit) if start + limit < len(found) else None
    return answer(Page(items=tuple(found[max(start, 0) : start + limit]), total=len(found), next=more))


def _found(request: Request, begins: str) -> tuple[ListedSnapshot, Proof]:
    here = project_of(request)
    if not begins.isalnum():
        raise MillwrightError(f"{begins[:80]!a} is no id of a snapshot", fix="see the list of snapshots", code="snapshot.id")
    with here.workshop.catalogue.read() as view:
        found = snapshots.beginning(view, here.spec.project, begins.lower())
    return found, proof_of(here.workshop, found)


def _snapshot(one: ListedSnapshot, proof: Proof) -> SnapshotRow:
    kept = proof.snapshot
    return SnapshotRow(
        id=one.id,
        run=one.run,
        as_of=one.as_of.isoformat(),
        digest=kept.digest if kept else None,
        rows=kept.rows if kept else None,
        columns=len(kept.fields) if kept else None,
        size=sum(part.size for part in kept.parts) if kept else None,
        sources=kept.sources if kept else (),
        set_aside=sum(part.count for part in kept.set_aside) if kept else 0,
    )


def _column(one: ColumnProfile, proof: Proof) -> ColumnRow:
    shown = proof.shown(one)
    valued = one.count - one.missing
    return ColumnRow(
        name=one.name,
        rule=proof.rules.get(one.name),
        kind=one.kind,
        count=one.count,
        missing=one.missing,
        distinct=one.distinct,
        minimum=shown.minimum,
        maximum=shown.maximum,
        mean=one.mean,
        sd=(one.m2 / (valued - 1)) ** 0.5 if one.m2 is not None and valued > 1 else None,
        top=shown.top[:8],
        histogram=proof.histogram(one),
    )


def _order(one: ColumnProfile, by: str) -> Any:
    return {"name": one.name.lower(), "missing": one.missing / max(one.count, 1), "distinct": one.distinct or 0}[by]
