"""How answers and errors are written: JSON of records, with a tag by which a client need not be told the same twice."""

import hashlib
from typing import Any

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from millwright.errors import MillwrightError, SpecError, Unavailable
from millwright.records.record import record

_JSON = "application/json"
_STATUS_CODES = {404: "route.missing", 405: "route.method"}


@record
class Mistake:
    """One of several mistakes: where, what, and what to do."""

    where: str
    message: str
    hint: str


@record
class Wrong:
    """What is wrong: a stable code for programs, a sentence for people, what to do next, where it is, and the number of the
    request. problems: every mistake of a spec."""

    code: str
    message: str
    fix: str
    where: str
    request_id: str
    problems: tuple[Mistake, ...] = ()


@record
class Failure:
    """The answer to what was refused or failed."""

    error: Wrong


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """A record, or plain data, as JSON."""
    return Response(msgspec.json.encode(value), status, headers, _JSON)


def tagged(request_tag: str, body: bytes) -> tuple[str, bool]:
    """The tag of a body, and whether the client has it already (`request_tag`: its If-None-Match)."""
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    return tag, tag in [part.strip() for part in request_tag.split(",")]


def refused(request: Request, error: MillwrightError) -> Response:
    """An error as programs and people read it."""
    said: dict[str, Any] = {"code": error.code, "message": error.what, "fix": error.fix, "where": error.where}
    if isinstance(error, SpecError):
        said["problems"] = [problem.as_record() for problem in error.problems]
    status = 400 if error.status == 500 else error.status
    headers = {"Retry-After": str(getattr(error, "retry_after", 5))} if status in (429, 503) else {}
    return _said(request, status, said, headers)


def invalid(request: Request, error: RequestValidationError) -> Response:
    """What is wrong with the parameters or the body of a request, the first of it."""
    first = error.errors()[0]
    place = ".".join(str(step) for step in first.get("loc", ()) if step not in ("query", "path", "body"))
    body = first.get("loc", ("",))[0] == "body"
    code = "request.body" if body else "request.parameter"
    fix = "see /api/v1/openapi.json for what this route takes"
    return _said(request, 422, {"code": code, "message": _plain(str(first.get("msg", ""))), "fix": fix, "where": place})


def missing(request: Request, error: HTTPException) -> Response:
    """There is no such route, or not with this method."""
    code = _STATUS_CODES.get(error.status_code, "request.refused")
    fix = "see /api/v1/openapi.json for the routes there are"
    headers = dict(error.headers or {})
    return _said(
        request, error.status_code, {"code": code, "message": str(error.detail).lower(), "fix": fix, "where": ""}, headers
    )


def broken(request: Request, _error: Exception) -> Response:
    """A fault of ours: that is said, with the number under which the log has it, and nothing of its insides."""
    fix = "try again; the console's log has this request's number"
    return _said(request, 500, {"code": "server.fault", "message": "something went wrong here", "fix": fix, "where": ""})


class Overloaded(Unavailable):
    """Too much is asked at once."""

    code, status = "request.too_many", 429

    def __init__(self, what: str, *, retry_after: int) -> None:
        super().__init__(what, fix=f"wait {retry_after} s")
        self.retry_after = retry_after


def _said(request: Request, status: int, said: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    said["request_id"] = getattr(request.state, "request_id", "")
    return answer({"error": said}, status, **(headers or {}))


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
