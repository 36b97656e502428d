"""Every way a command can end badly, as one line for a person, one object for a program, and an exit code."""

import contextlib
import json
import sys
import traceback
from typing import Any

import click

from millwright.errors import MillwrightError, SpecError


def report_failure(error: BaseException, *, as_json: bool) -> int:
    """Tell of `error`; returns the exit code."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _tell("interrupted", "stopped; the same command goes on where it was", 130, as_json)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stderr.write(error.format_message() + "\n")
        return 2
    if isinstance(error, click.ClickException):
        where = f" Try `{error.ctx.command_path} --help`." if isinstance(error, click.UsageError) and error.ctx else ""
        return _tell("usage", error.format_message().rstrip(".") + "." + where, 2, as_json)
    if isinstance(error, MillwrightError):
        return _tell(error.code, str(error), error.exit_code, as_json, details(error))
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, OSError) and error.strerror:
        return _tell("system", f"{error.filename or 'the output cannot be written'}: {error.strerror}", 1, as_json)
    return _internal(error, as_json)


def details(error: MillwrightError) -> dict[str, Any]:
    """The error as the object that --json prints."""
    body: dict[str, Any] = error.as_record()
    if isinstance(error, SpecError):
        body["problems"] = [problem.as_record() for problem in error.problems]
    return body


def _tell(code: str, message: str, exit_code: int, as_json: bool, body: dict[str, Any] | None = None) -> int:
    if as_json:
        with contextlib.suppress(OSError):  # where it cannot be written, stderr still says why
            sys.stdout.write(json.dumps({"error": body or {"code": code, "message": message}}) + "\n")
    sys.stderr.write(f"mw: {message}\n")
    return exit_code


def _internal(error: BaseException, as_json: bool) -> int:
    """A mistake of ours: say so, with what is needed to report it."""
    lines = "".join(traceback.format_exception(error))
    sys.stderr.write(f"{lines}\n")
    return _tell(
        "internal", f"internal error: {type(error).__name__}: {error}; please report it with the lines above", 1, as_json
    )
