"""Estimators of a person's own, as a spec names them: FILE.py:NAME, a file of the project's folder and a name in it."""

from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath


@dataclass(frozen=True, slots=True)
class OwnName:
    """Where an estimator stands: a file, relative to the spec, and a name at its top level."""

    file: str
    name: str

    def faults(self) -> tuple[str, str]:
        """What is wrong with it as it is written, and what to write; two empty texts where nothing is."""
        path = PurePosixPath(self.file)
        if path.is_absolute() or PureWindowsPath(self.file).drive or ".." in path.parts or self.file.startswith("~"):
            return (
                "its file lies outside of the project's folder",
                "put the file beside millwright.yaml, and write models.py:NAME",
            )
        if path.suffix != ".py" or "\\" in self.file:
            return "it names no Python file", "write FILE.py:NAME, for example models.py:forest"
        if not self.name.isidentifier():
            return "what follows the colon is no name in a Python file", "write FILE.py:NAME, for example models.py:forest"
        return "", ""


def own_name(family: str) -> OwnName | None:
    """What an entry of `search.families` names of a person's own; None where it is the name of a family that is installed."""
    file, colon, name = family.rpartition(":")
    return OwnName(file, name) if colon else None
