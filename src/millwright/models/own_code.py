"""The files of a project's folder in which a person's own estimators stand: read and looked at here, and never run.

They are run in the training process alone (`own.OwnFamily`). What is run is what was read: the bytes whose digest becomes part
of the search's identity and of the settings that its trials are recorded with.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.errors import NotFound, SpecError, nearest
from millwright.errors import Problem as Mistake
from millwright.records.codec import sha256
from millwright.records.modelling import TrialConfig
from millwright.spec.own_names import OwnName, own_name

SOURCE = "source"
"""The setting that holds the digest of the file."""
_PLACE = "search.families"
_MOST = 4_000_000


@dataclass(frozen=True, slots=True)
class OwnCode:
    """The file of one of `search.families`: its entry there, the file's path as it was written, the name in it, its bytes."""

    family: str
    file: str
    name: str
    source: bytes

    @property
    def digest(self) -> str:
        """sha256 of the file."""
        return sha256(self.source)


def read_own(base: Path, families: Iterable[str]) -> tuple[OwnCode, ...]:
    """The code of those of `families` that are a person's own, from the folder `base`.

    Raises NotFound where the file or the name in it is not there, SpecError where the file lies elsewhere or is no Python.
    """
    return tuple(_read(base, family, own) for family in dict.fromkeys(families) if (own := own_name(family)) is not None)


def with_source(config: TrialConfig, own: Sequence[OwnCode]) -> TrialConfig:
    """A configuration that says which file it was fitted with; one of another family as it is."""
    code = next((code for code in own if code.family == config.family), None)
    return config if code is None else replace(config, params={**config.params, SOURCE: code.digest})


def _read(base: Path, family: str, own: OwnName) -> OwnCode:
    path, (wrong, fix) = base / own.file, own.faults()
    if not wrong and not path.resolve().is_relative_to(base.resolve()):
        wrong, fix = "its file is a link to outside of the project's folder", "put the file itself beside millwright.yaml"
    if wrong:
        raise SpecError([Mistake(_PLACE, f'"{family}": {wrong}', fix)])
    if not path.is_file():
        near = nearest(own.file, (str(found.relative_to(base)) for found in base.glob("*.py")))
        raise NotFound(
            f'"{family}": there is no file {own.file} beside millwright.yaml', where=_PLACE, fix=near, code="own.file"
        )
    code = OwnCode(family, own.file, own.name, path.read_bytes()[:_MOST])
    _check_name(code)
    return code


def _check_name(code: OwnCode) -> None:
    names = list(dict.fromkeys(_names(_parsed(code).body)))
    if code.name not in names and "*" not in names:
        near = nearest(code.name, names) or (f"there are: {', '.join(names)}" if names else "it defines nothing")
        raise NotFound(f"{code.file} has no {code.name} at its top level", where=_PLACE, fix=near, code="own.name")


def _parsed(code: OwnCode) -> ast.Module:
    try:
        return ast.parse(code.source, code.file)
    except SyntaxError as error:
        where = f"{code.file}:{error.lineno}:{error.offset}"
        raise SpecError([Mistake(where, f"not Python: {error.msg}", "correct it", (error.text or "").rstrip())]) from error
    except ValueError as error:  # a NUL, say
        raise SpecError([Mistake(code.file, f"not Python: {error}")]) from error


def _names(body: Sequence[ast.stmt]) -> Iterator[str]:
    """What statements at the top level give a name to; those within if, try and with as well."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))
        else:
            for part in ("body", "orelse", "finalbody"):
                yield from _names(getattr(statement, part, []))
            yield from (name for handler in getattr(statement, "handlers", []) for name in _names(handler.body))
