"""From a look at the data to a proposed spec, with the reason of every guess."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millwright.errors import DataRefused
from millwright.models.families import installed_extras
from millwright.records.codec import to_plain
from millwright.records.record import record
from millwright.records.spec import SearchSpec, Spec, TaskName

if TYPE_CHECKING:
    from millwright.data.look import Look

SAYS_NOTHING = ("train", "training", "data", "dataset", "table", "input", "part-0")


@record
class Choices:
    """What the person said on the command line; None means "look for yourself"."""

    project: str | None = None
    task: TaskName | None = None
    time: str | None = None
    zone: str | None = None
    key: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


@record
class Proposal:
    """What was seen and what is proposed."""

    rows: int
    columns: int
    sentence: str
    lines: tuple[str, ...]
    known_later: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """The proposal as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def propose(source: str, target: str, *, base: Path, choices: Choices) -> tuple[Spec, dict[str, str], Proposal]:
    """A spec for the data, the remarks that stand beside its lines (by dotted path), and what to tell the person.

    source: a file, folder or glob relative to `base`. Raises DataRefused where the data cannot be used.
    """
    from millwright.data.look import look

    zone = choices.zone or "UTC"
    task: TaskName | None = "ordinal" if choices.levels and choices.task is None else choices.task
    _refuse_no_levels(task, choices.levels)
    seen = look(source, target, base, task=task, time=choices.time, zone=zone, key=choices.key, levels=choices.levels)
    spec = Spec(
        project=choices.project or project_name(source, base),
        data=replace(seen.data_spec(), zone=zone),
        search=SearchSpec(families=(*SearchSpec().families, *installed_extras())),
    )
    return spec, _notes(seen, choices), _proposal(seen, choices)


def _refuse_no_levels(task: TaskName | None, levels: tuple[str, ...]) -> None:
    if (task == "ordinal") != bool(levels):
        raise DataRefused(
            "an ordinal target needs its levels in their order" if task == "ordinal" else f"a {task} target has no levels",
            where="--level",
            fix="name each with --level, the lowest first, with --task ordinal",
            code="target.levels",
        )


def project_name(source: str, base: Path) -> str:
    """A project's name: the file's name in lower-case letters, digits and dashes; its folder's where that says nothing."""
    stem = Path(source).name.split(".")[0]
    if "*" in stem or stem.lower() in SAYS_NOTHING:
        stem = (base / source).parent.name
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem.lower())
    return "-".join(part for part in kept.split("-") if part)[:63].rstrip("-") or "project"


def _proposal(seen: "Look", choices: Choices) -> Proposal:
    return Proposal(
        rows=seen.rows,
        columns=len(seen.columns),
        sentence=_sentence(seen),
        lines=tuple(_lines(seen, choices)),
        known_later=seen.known_later,
    )


def _sentence(seen: "Look") -> str:
    if not seen.classes:
        return f"{seen.task}: '{seen.target}' is a number to be predicted."
    total = sum(count for _, count in seen.classes)
    shares = ", ".join(f"{name} in {count / total:.1%}" for name, count in seen.classes[:4])
    more = f" and {len(seen.classes) - 4} more classes" if len(seen.classes) > 4 else ""
    return f"{seen.task}: '{seen.target}' is {shares} of the rows{more}."


def _reason(seen: "Look", column: str) -> str:
    return seen.reasons.get(column, "it looks so").removeprefix(f"{column}: ")


def _lines(seen: "Look", choices: Choices) -> Iterator[str]:
    """What a person should know before reading the spec, the gravest first."""
    for column in seen.known_later:
        yield f"refused as a feature: {column}, because {_reason(seen, column)}"
    if seen.time:
        yield f"time: {seen.time}; models are judged on later rows than they learnt from"
        if not seen.zoned and choices.zone is None:
            yield f"the times in {seen.time} carry no zone and are read as UTC; set data.zone if that is wrong"
    if seen.group:
        left = ", and a split by time leaves some of them out" if seen.time else ""
        yield f"group: {seen.group}; rows of one are never on both sides of a split{left}"
    if seen.key:
        yield f"key: {', '.join(seen.key)}"
    if seen.pii:
        yield f"personal data: {', '.join(seen.pii)}; stored hashed"
    for check in seen.checks:
        if check.severity != "note" and not set(check.columns) & set(seen.known_later):
            yield f"{check.severity}: {check.message}"
    yield from seen.notes


def _notes(seen: "Look", choices: Choices) -> dict[str, str]:
    """Remarks for the spec's lines."""
    notes = {"data.target": _sentence(seen)}
    if seen.known_later:
        why = [f"{column}: {_reason(seen, column)}" for column in seen.known_later]
        notes["data.known_later"] = "\n".join(why)
    for field, column in (("time", seen.time), ("label_known", seen.label_known), ("group", seen.group)):
        if column and column in seen.reasons:
            notes[f"data.{field}"] = f"{column}: {seen.reasons[column]}"
    if seen.time and not seen.zoned and choices.zone is None:
        notes["data.zone"] = f"The times in {seen.time} carry no zone; they are read as UTC. Set the right one."
    for field, columns in (("key", seen.key), ("pii", seen.pii), ("ignore", seen.ignore)):
        why = [f"{column}: {seen.reasons[column]}" for column in columns if column in seen.reasons]
        if why:
            notes[f"data.{field}"] = "\n".join(why)
    return notes
