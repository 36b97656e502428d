"""From plain data to a Spec: types and ranges, every mistake at once, in plain words.

Where the data does not fit, the rest of it is still read (with stand-ins for what is wrong), so that the checks of meaning
can speak of the rest in the same run.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from millwright.errors import nearest
from millwright.records.spec import Spec
from millwright.spec.document import Document, Path
from millwright.spec.mistakes import Mistake, mistake_of
from millwright.spec.schema import descriptions
from millwright.spec.words import described, dotted, listed, shown

_STAND_INS: Mapping[Path, Any] = {
    ("project",): "project",
    ("data",): {},
    ("data", "source"): "data.csv",
    ("data", "target"): "target",
    ("data", "task"): "binary",
}


@cache
def spec_adapter() -> TypeAdapter[Spec]:
    """The validator of the Spec record itself."""
    return TypeAdapter(Spec)


def validate(document: Document) -> Spec:
    """The Spec in `document`; problems are added to the document, and stand-ins fill what they leave open.

    Raises SpecError at once where the file is not a mapping, or is of a later format than this program reads.
    """
    _refuse_other_shapes(document)
    plain = without_empty(document.data)
    try:
        return _read(plain)
    except ValidationError as error:
        mistakes = [mistake_of(found) for found in error.errors(include_url=False)]
    for mistake in _one_each(mistakes):
        if not mistake.hidden_by(document.faulty):
            _report(document, mistake)
    document.faulty.update(mistake.path for mistake in mistakes)
    return _rest(plain, {mistake.path for mistake in mistakes})


def without_empty(value: Any) -> Any:
    """The same data without keys that have no value: an empty setting means its default."""
    if isinstance(value, dict):
        return {key: without_empty(inner) for key, inner in value.items() if inner is not None}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def _read(plain: Any) -> Spec:
    # Through JSON, because pydantic takes mappings and lists for records and tuples there even when it is strict.
    return spec_adapter().validate_json(json.dumps(plain), strict=True)


def _refuse_other_shapes(document: Document) -> None:
    if document.data is None and not document.problems:
        document.report((), "the file is empty", "run `mw init --from DATA --target COLUMN` to write one")
    elif not isinstance(document.data, dict):
        document.report((), f"settings as key: value are expected, and this is {described(document.data)}")
    elif _is_later(document.data.get("version")):
        version = document.data["version"]
        document.report(
            ("version",), f"this file is of format {version}, and this program reads format 1", "upgrade millwright"
        )
    else:
        return
    document.check()


def _is_later(version: object) -> bool:
    return isinstance(version, int) and version > 1


def _one_each(mistakes: list[Mistake]) -> list[Mistake]:
    """One mistake a path: a value that could be text, number or boolean fails three times for one reason."""
    return list({mistake.path: mistake for mistake in reversed(mistakes)}.values())[::-1]


def _report(document: Document, mistake: Mistake) -> None:
    path, name = mistake.path, dotted(mistake.path)
    if mistake.kind == "missing":
        meaning = descriptions().get(tuple(step for step in path if isinstance(step, str)), "")
        document.report(path[:-1], f"{name} is required", f"add it: {meaning}" if meaning else "add it", at_key=True)
    elif mistake.kind == "unknown":
        known = names_at(path[:-1])
        fix = nearest(str(path[-1]), known) or f"known here: {listed(known, 'and')}"
        document.report(path, f"{shown(str(path[-1]))} is not a setting{_inside(path)}", fix, at_key=True)
    else:
        document.report(path, f"{name}: {mistake.message}", mistake.fix)


def _inside(path: Path) -> str:
    return f" of {dotted(path[:-1])}" if len(path) > 1 else ""


def names_at(path: Path) -> list[str]:
    """The names that are known in the section at `path`."""
    return [known[-1] for known in descriptions() if known[:-1] == tuple(step for step in path if isinstance(step, str))]


def _rest(plain: Any, mistaken: set[Path]) -> Spec:
    """What is right of the data. A section that lacks what it must have goes with what was taken out of it."""
    repaired = _repaired(plain, mistaken)
    try:
        return _read(repaired)
    except ValidationError as error:
        lacking = {mistake_of(found).path[:-1] for found in error.errors(include_url=False)}
    return _rest(repaired, lacking)


def _repaired(plain: Any, mistaken: set[Path]) -> Any:
    """The data with each mistaken value taken out, and something that fits where one is required."""
    repaired = deepcopy(plain)
    for path in sorted(mistaken, key=len, reverse=True):
        _take_out(repaired, path)
    for path, value in _STAND_INS.items():
        _put_in(repaired, path, value)
    return repaired


def _take_out(data: Any, path: Path) -> None:
    """Drop the value at `path`; an item of a list goes with its whole list, since the others depend on their place."""
    path = path[: next((i for i, step in enumerate(path) if isinstance(step, int)), len(path))]
    for step in path[:-1]:
        data = data.get(step) if isinstance(data, dict) else None
    if isinstance(data, dict):
        data.pop(path[-1], None)


def _put_in(data: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        data = data[step]
    data.setdefault(path[-1], deepcopy(value))
