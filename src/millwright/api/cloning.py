"""The settings by which a version was made, as a draft of the spec: what decides on a run is as it was then, and all else of
the text of now stays as it stands, comments and variables included."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace

from sqlalchemy import select

from millwright.api.reading import open_package
from millwright.api.specifying import SpecChange, changes, read_spec
from millwright.errors import Conflict, NotFound, SpecError
from millwright.project import Project
from millwright.records.codec import digest_of
from millwright.records.rebuilding import Provenance
from millwright.records.record import record
from millwright.records.release import Version
from millwright.records.spec import Spec
from millwright.registry import tables, versions
from millwright.spec.load import parse_spec
from millwright.spec.write import write_spec

DECIDE = ("data", "contract", "split", "search", "costs", "evaluate", "gates", "golden")
"""The sections that decide what a run does. What is done with what it makes, and who is told, is a matter of today."""

_SETTING = re.compile(r"^#?(" + "|".join(field.name for field in fields(Spec)) + r"):(?=\s|$)")


@record
class SpecDraft:
    """A text that may become the spec. of: the version whose settings it has; empty where they are those of now already.
    digest: of the text that it was made from, for If-Match. changes: what it changes."""

    text: str
    digest: str
    of: str
    changes: tuple[SpecChange, ...]


def draft_of_version(here: Project, version: Version) -> SpecDraft:
    """The spec of now with the settings of a version. Raises PackageRefused where its package is not as it was signed."""
    opened = open_package(here.workshop, version)
    opened.whole()
    then = opened.read("provenance.json", Provenance)
    if then is None:
        raise NotFound(
            f"{version.name} does not say by which settings it was made", fix="take a newer version", code="spec.not_kept"
        )
    text, digest = read_spec(here.path)
    wanted = replace(here.spec, **{name: getattr(then.spec, name) for name in DECIDE})
    drafted = _with(text, here, wanted)
    return SpecDraft(text=drafted, digest=digest, of=version.name, changes=changes(here.spec, wanted))


def draft_of_run(here: Project, spec: str) -> SpecDraft:
    """The same for a run, by the digest of its spec. Raises NotFound where no version was made by it."""
    if spec == digest_of(here.spec):
        text, digest = read_spec(here.path)
        return SpecDraft(text=text, digest=digest, of="", changes=())
    version = _made_by(here, spec)
    if version is None:
        raise NotFound(
            "the settings of this run were not kept: they are with the version that a run ends in",
            fix="take a run that made a version",
            code="spec.not_kept",
        )
    return draft_of_version(here, version)


def _made_by(here: Project, spec: str) -> Version | None:
    """The newest version that a run of this spec ended in."""
    made = tables.runs.c.version
    query = select(made).where(tables.runs.c.project == here.spec.project, tables.runs.c.spec == spec, made.is_not(None))
    with here.workshop.catalogue.read() as view:
        number = view.execute(query.order_by(made.desc()).limit(1)).scalar()
        return versions.numbered(view, here.spec.project, number) if number is not None else None


def _with(text: str, here: Project, wanted: Spec) -> str:
    """The text with those sections written anew that are to be others. Raises Conflict where it is written in such a way that
    this cannot be done."""
    written = _sections(write_spec(wanted).split("\n"))
    other = [name for name in DECIDE if getattr(here.spec, name) != getattr(wanted, name)]
    drafted = _spliced(text.split("\n"), {name: written[name] for name in other})
    try:
        is_so = parse_spec(drafted, here.path.name, here.settings.environment) == wanted
    except SpecError:
        is_so = False
    if not is_so:
        fix = "copy the settings by hand from the version's report"
        raise Conflict("the spec of now is written in a way that no draft can be made from", fix=fix, code="spec.no_draft")
    return drafted


def _sections(lines: list[str]) -> Mapping[str, list[str]]:
    """The lines of each top-level setting, from its name to the last line that is its own."""
    found: dict[str, list[str]] = {}
    for first, last in _places(lines).values():
        name = _SETTING.match(lines[first])
        assert name is not None
        found[name[1]] = lines[first : last + 1]
    return found


def _places(lines: list[str]) -> dict[str, tuple[int, int]]:
    """Where each top-level setting begins and ends. Remarks and empty lines before the next one belong to that."""
    begins = [(i, match[1]) for i, line in enumerate(lines) if (match := _SETTING.match(line))]
    ends = [start for start, _ in begins[1:]] + [len(lines)]
    return {name: (start, _last_own(lines, start, end)) for (start, name), end in zip(begins, ends, strict=True)}


def _last_own(lines: list[str], start: int, end: int) -> int:
    last = end - 1
    while last > start and (not lines[last].strip() or lines[last].startswith("# ") or lines[last] == "#"):
        last -= 1
    return last


def _spliced(lines: list[str], written: Mapping[str, list[str]]) -> str:
    """The text with these sections in place of its own; those that it lacks come at its end."""
    places, after = _places(lines), list(lines)
    for name, (first, last) in sorted(places.items(), key=lambda one: -one[1][0]):
        if name in written:
            after[first : last + 1] = written[name]
    for name in written:
        if name not in places:
            after += [*([""] if after and after[-1].strip() else []), *written[name], ""]
    return "\n".join(after)
