"""A request that is refused: one clear answer, and the server goes on."""

from typing import Any

from millwright.errors import ContractBroken, MillwrightError, Unavailable

MAX_MESSAGE = 500


class RequestRefused(MillwrightError):
    """The client's mistake, with the status that says so, and headers that belong to it."""

    code, status = "request.refused", 400
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, status: int, what: str, *, code: str, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix, code=code)
        self.status = status


class Failed(MillwrightError):
    """Something went wrong that nobody foresaw: ours to mend, told without its inside, and never left unanswered."""

    code, status = "internal", 500


class ClientGone(Exception):
    """The client went away before its request was whole: nobody is left to answer."""


def not_allowed(method: str, allowed: str) -> RequestRefused:
    """The answer to a method that a path does not have; `allowed` are those that it has."""
    refused = RequestRefused(405, f"{method} is not allowed here", code="method", where="method", fix=f"use {allowed}")
    refused.headers = ((b"allow", allowed.encode()),)
    return refused


def not_found() -> RequestRefused:
    """The one answer for every path, project and version that is not there."""
    return RequestRefused(404, "there is nothing here", code="not_found", fix="POST /v1/predict or /v1/projects/NAME/predict")


def error_body(error: MillwrightError, request_id: str) -> dict[str, Any]:
    """What the client reads. Where something of the server's own fails, its paths are none of the client's business."""
    told: dict[str, Any] = {name: text[:MAX_MESSAGE] for name, text in error.as_record().items()}
    if isinstance(error, Unavailable):
        told.update(where="server", hint="try again later")
    if isinstance(error, ContractBroken):
        told.update({name: value for name, value in (("column", error.column), ("row", error.row)) if value not in ("", None)})
    return {"error": {**told, "request_id": request_id}}
