"""Places in a file, and problems that point at them."""

from dataclasses import dataclass

from millwright.errors import Problem
from millwright.spec.words import printable

LONGEST_LINE = 160


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the file; both count from 1."""

    line: int
    column: int


def problem_at(name: str, lines: tuple[str, ...], place: Place, message: str, fix: str = "") -> Problem:
    """A problem with `file:line:column` and the source line, cut round the column where it is long."""
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    start = max(0, place.column - LONGEST_LINE // 2) if len(line) > LONGEST_LINE else 0
    source = printable(line[start : start + LONGEST_LINE].replace("\t", " "))
    return Problem(f"{name}:{place.line}:{place.column}", message, fix, source.rstrip(), place.column - start)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text, counted as YAML counts them."""
    for end in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    return tuple(text.split("\n"))
