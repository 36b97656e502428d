"""The error tree. Each error says what is wrong, where, and what to do next; a code for programs beside the words."""

from collections.abc import Iterable
from difflib import get_close_matches

USAGE = 2
GATE_FAILED = 3
FOUND = 4
NOT_FOUND = 5


class MillwrightError(Exception):
    """A mistake or condition that a person can act on: shown as one line, never as a traceback.

    code: a stable dotted name for programs. exit_code: of the command line. status: of an HTTP answer.
    """

    code = "error"
    exit_code = 1
    status = 500

    def __init__(self, what: str, *, where: str = "", fix: str = "", code: str = "") -> None:
        self.what, self.where, self.fix = what, where, fix
        if code:
            self.code = code
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}" + (f" ({self.fix})" if self.fix else "")

    def as_record(self) -> dict[str, str]:
        """The error as programs read it."""
        return {"code": self.code, "message": self.what, "where": self.where, "hint": self.fix}


class SpecError(MillwrightError):
    """The spec or contract file is wrong; `problems` holds every problem, one line each."""

    code, exit_code, status = "spec.invalid", USAGE, 422

    def __init__(self, problems: Iterable["Problem"]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.message, where=first.where, fix=first.fix)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Problem:
    """One problem in a file, with its place `file:line:column` and the source line."""

    def __init__(self, where: str, message: str, fix: str = "", source: str = "", column: int = 0) -> None:
        self.where, self.message, self.fix, self.source, self.column = where, message, fix, source, column

    def __str__(self) -> str:
        line = f"{self.where}: {self.message}" + (f" ({self.fix})" if self.fix else "")
        return f"{line}\n    {self.source}\n    {' ' * max(self.column - 1, 0)}^" if self.source else line

    def as_record(self) -> dict[str, str]:
        """The problem as programs read it."""
        return {"where": self.where, "message": self.message, "hint": self.fix}


class DataRefused(MillwrightError):
    """The data cannot be used as it is; nothing was written."""

    code, exit_code, status = "data.refused", USAGE, 422


class ModelRefused(MillwrightError):
    """A model that was made elsewhere cannot be taken as it is; nothing was written."""

    code, exit_code, status = "model.refused", USAGE, 422


class ContractBroken(MillwrightError):
    """A row does not meet the contract."""

    code, exit_code, status = "contract.broken", USAGE, 422

    def __init__(self, what: str, *, column: str = "", row: int | None = None, fix: str = "", code: str = "") -> None:
        self.column, self.row = column, row
        place = ", ".join(p for p in (f"row {row}" if row is not None else "", f"column '{column}'" if column else "") if p)
        super().__init__(what, where=place, fix=fix, code=code)


class PackageRefused(MillwrightError):
    """A package did not verify; nothing of it was parsed."""

    code, exit_code, status = "package.refused", 1, 503


class NotFound(MillwrightError):
    """What was named does not exist."""

    code, exit_code, status = "not_found", NOT_FOUND, 404


class Conflict(MillwrightError):
    """Somebody else changed it first."""

    code, exit_code, status = "conflict", 1, 409


class GateFailed(MillwrightError):
    """The verdict does not allow it."""

    code, exit_code, status = "gate.failed", GATE_FAILED, 409


class Unavailable(MillwrightError):
    """A resource (disk, port, database) is not there or not writable."""

    code, exit_code, status = "unavailable", 1, 503


def nearest(name: str, known: Iterable[str]) -> str:
    """'did you mean "x"?' for the known name most like `name`, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else ""
