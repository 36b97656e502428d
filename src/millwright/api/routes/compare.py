"""Runs and versions side by side: what differs in how they were made, and how they did."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.comparing import Compared, compared
from millwright.api.desk import Routes, project_of
from millwright.errors import MillwrightError

routes = Routes("compare")
MOST = 50


@routes.get("/projects/{project}/compare", "viewer", Compared)
def compare(
    request: Request,
    runs: Annotated[str, Query(max_length=8000, description="Ids of runs, by commas.")] = "",
    versions: Annotated[str, Query(max_length=2000, description="Names of versions, by commas.")] = "",
) -> Response:
    """Runs or versions side by side, the first as the baseline: settings that differ, metrics, paired differences, slices."""
    here = project_of(request)
    names = [name.strip() for name in (runs or versions).split(",") if name.strip()]
    if not names or (runs and versions):
        raise MillwrightError(
            "name `runs` or `versions`, by commas", where="runs", fix="such as ?versions=v1,v2", code="compare.none"
        )
    if len(names) > MOST:
        raise MillwrightError(f"{len(names)} are more than the {MOST} that are compared at once", code="compare.many")
    return answer(compared(here, tuple(dict.fromkeys(names)), are_runs=bool(runs)))
