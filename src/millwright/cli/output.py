"""Where a command's words go: results to stdout, progress and remarks to stderr, one JSON object with --json."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from millwright.errors import SpecError

_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """Add --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(function)


def since_option(default: str) -> Callable[[F], F]:
    """Add --since to a command: how far back, as a timedelta."""
    return click.option(
        "--since", default=default, show_default=True, metavar="DURATION", callback=duration, help="How far back, until now."
    )


def reason_option(kept: str, *, required: bool = False) -> Callable[[F], F]:
    """Add --reason to a command; `kept`: what for and where."""
    given: dict[str, Any] = {"required": True} if required else {"default": ""}
    return click.option("--reason", **given, callback=_in_utf8, help=kept)


def _in_utf8(_ctx: click.Context, option: click.Parameter, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:  # bytes of another encoding, as the terminal gave them
        raise click.UsageError(f"{option.opts[0]} is not in UTF-8") from error
    return text


def duration(_ctx: click.Context, option: click.Parameter, text: str | None) -> timedelta | None:
    """What an option that takes a duration says, for its callback."""
    from millwright.spec.durations import parse_duration

    try:
        return None if text is None else parse_duration(text)
    except SpecError as error:
        raise click.UsageError(f"{option.opts[0]}: {error.what}") from error


def counted(number: int, what: str) -> str:
    """A number of things: 1 label, 2 labels."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def examples(*lines: str) -> str:
    """Commands to copy, under a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def program() -> str:
    """How this program was called, as a person can call it again."""
    called = Path(sys.argv[0])
    return "mw" if shutil.which(called.name) or called.name == "__main__.py" else os.path.relpath(called)


def emit(schema: str, body: dict[str, Any]) -> None:
    """Print the result of a command as one JSON object."""
    sys.stdout.write(json.dumps({"schema": schema, **body}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def printable(text: str) -> str:
    """Names and values come from data: what would steer a terminal is shown as what it is."""
    return _STEERS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def tell(text: str = "") -> None:
    """Print a line of the result for a person; at once, for a command may stay and its output be a pipe."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def remark(text: str) -> None:
    """Print a line beside the result: progress, hints."""
    sys.stderr.write(printable(text) + "\n")
    sys.stderr.flush()


def table(rows: Sequence[Sequence[object]], head: Sequence[str]) -> str:
    """Rows as aligned text; numbers to the right, a line under the head."""
    cells = [[" ".join(str(cell).splitlines()) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(head), *cells]) for i in range(len(head))]
    lines = ["  ".join(word.ljust(width) for word, width in zip(head, widths, strict=True)).rstrip()]
    lines += ["  ".join(_align(word, width) for word, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join(lines)


def _align(word: str, width: int) -> str:
    return word.rjust(width) if word.replace(".", "", 1).replace("-", "", 1).isdigit() else word.ljust(width)


def colours(ctx_obj: dict[str, Any]) -> bool:
    """Whether stderr takes colours and moving lines."""
    return sys.stderr.isatty() and not ctx_obj.get("no_color")
