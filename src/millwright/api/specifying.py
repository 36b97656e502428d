"""A text that may become the spec: its mistakes by line, what it changes, and how it takes the place of the one of now."""

import re
import threading
from pathlib import Path
from typing import Any

from millwright.errors import Conflict, MillwrightError, Problem, SpecError
from millwright.project import Project
from millwright.records.codec import digest_of, sha256, to_plain
from millwright.records.record import record
from millwright.records.spec import Spec
from millwright.registry import audit
from millwright.spec.file import LARGEST, read_text
from millwright.spec.load import parse_spec
from millwright.stores.durable import write_atomic

_PLACE = re.compile(r":(\d+):(\d+)$")
_ONE_AT_A_TIME = threading.Lock()


@record
class Mark:
    """A mistake at its place: lines and columns count from 1."""

    line: int
    column: int
    message: str
    fix: str
    source: str


@record
class SpecChange:
    """A setting that differs: its dotted name, and what it is and would be."""

    setting: str
    before: Any
    after: Any


def read_spec(path: Path) -> tuple[str, str]:
    """The text of a spec and its digest. Raises as reading it does."""
    text = read_text(path)
    return text, sha256(text.encode())


def checked(here: Project, text: str, *, refuse: bool = False) -> tuple[Spec | None, tuple[Mark, ...]]:
    """The spec that a text is, or its mistakes. refuse: raise SpecError in place of telling them."""
    try:
        if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
            raise SpecError([Problem(here.path.name, f"the text is longer than {LARGEST:,} bytes")])
        return parse_spec(text, here.path.name, here.settings.environment), ()
    except UnicodeEncodeError as error:
        raise MillwrightError("the text holds what is no character", fix="remove it", code="spec.text") from error
    except SpecError as error:
        if refuse:
            raise
        return None, tuple(_mark(problem) for problem in error.problems)


def changes(before: Spec, after: Spec) -> tuple[SpecChange, ...]:
    """What differs between two specs, setting by setting."""
    old, new = flat(to_plain(before)), flat(to_plain(after))
    names = sorted({*old, *new})
    return tuple(
        SpecChange(setting=name, before=old.get(name), after=new.get(name)) for name in names if old.get(name) != new.get(name)
    )


def change_spec(here: Project, text: str, parsed: Spec, seen: str, reason: str) -> str:
    """Put a text in place of the spec, if the one of now is the one that was seen; its digest. Raises Conflict where it is not,
    or where the text names another project: that would be another one."""
    if parsed.project != here.spec.project:
        fix = "begin a new project in a folder of its own"
        raise Conflict(f"this spec is of project {here.spec.project}", fix=fix, code="spec.project")
    with _ONE_AT_A_TIME:
        if read_spec(here.path)[1] != seen:
            raise Conflict("the spec was changed meanwhile", fix="load it again, and change that", code="spec.changed")
        write_atomic(here.path, text.encode(), mode=0o644)
    digest, shop = sha256(text.encode()), here.workshop
    with shop.catalogue.write() as tx:
        subject = f"spec {shop.project}"
        detail = digest_of([seen, digest, reason])
        audit.append(tx, actor=shop.actor, action="spec.change", subject=subject, detail=detail, at=shop.clock.now())
    return digest


def _mark(problem: Problem) -> Mark:
    found = _PLACE.search(problem.where)
    line, column = (int(found[1]), int(found[2])) if found else (1, 1)
    return Mark(line=line, column=column, message=problem.message, fix=problem.fix, source=problem.source)


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """The leaves of nested settings by their dotted names."""
    if not isinstance(value, dict):
        return {name: value}
    return {path: leaf for key, inner in value.items() for path, leaf in flat(inner, f"{name}.{key}" if name else key).items()}
