"""A YAML file as plain data that still knows where each value stood.

Only plain values are taken: mappings, lists, text, numbers, booleans, nothing. Tags, anchors, aliases, merge keys,
directives and second documents are refused, so no file can run code, grow when read, or hide what it says.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from millwright.errors import Problem, SpecError
from millwright.spec.places import Place, lines_of, problem_at
from millwright.spec.scalars import Unclear, resolve, whole
from millwright.spec.syntax import events_of, syntax_problem
from millwright.spec.words import dotted, shown

Path = tuple[str | int, ...]
Fill = Callable[[str], str]
"""Replaces what is to be replaced in a text; raises Unclear."""

DEEPEST = 20
MOST_VALUES = 20_000
MOST_PROBLEMS = 50


@dataclass(slots=True)
class Document:
    """Plain data and its places. `faulty` holds the paths whose value could not be taken (None stands there)."""

    name: str
    lines: tuple[str, ...]
    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[tuple[Place, Problem]] = field(default_factory=list)
    faulty: set[Path] = field(default_factory=set)

    def report(self, path: Path, message: str, fix: str = "", *, at_key: bool = False) -> None:
        """Add a problem at the value (or the key) of `path`, or at the nearest thing above it that is in the file."""
        self.report_at(self.place(path, at_key=at_key), message, fix)

    def report_at(self, place: Place, message: str, fix: str = "") -> None:
        """Add a problem at a place."""
        self.problems.append((place, problem_at(self.name, self.lines, place, message, fix)))

    def place(self, path: Path, *, at_key: bool = False) -> Place:
        """Where `path` stands; where it is not in the file, where its section does."""
        while path:
            near = self.keys if at_key or path not in self.values else self.values
            if path in near:
                return near[path]
            path, at_key = path[:-1], True
        return Place(1, 1)

    def check(self) -> None:
        """Raise SpecError where there is a problem."""
        if self.problems:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Raise SpecError with the problems so far, in the order of the file, fifty at most."""
        ordered = [problem for _, problem in sorted(self.problems, key=lambda found: (found[0].line, found[0].column))]
        more = len(ordered) - MOST_PROBLEMS
        rest = [Problem(self.name, f"and {more:,} more", "correct these first")] if more > 0 else []
        raise SpecError(ordered[:MOST_PROBLEMS] + rest)


def read_document(text: str, name: str, fill: Fill = str, *, most: int = MOST_VALUES) -> Document:
    """The document in `text`, of at most `most` values. `fill` is applied to each bare or quoted text.

    Problems of single values are collected in the document.

    Raises SpecError where the text is no YAML at all, since nothing after that place can be trusted.
    """
    document = Document(name, lines_of(text))
    try:
        _Builder(document, events_of(text), fill, most).build()
    except YAMLError as error:
        raise SpecError([syntax_problem(error, text, name, document.lines)]) from error
    return document


class _Builder:
    """Builds a document from parser events, one after the other, to a fixed depth."""

    def __init__(self, document: Document, events: Iterable[Any], fill: Fill, most: int) -> None:
        self._document, self._events, self._fill, self._most = document, iter(events), fill, most

    def build(self) -> None:
        started = False
        for event in self._events:
            if isinstance(event, StreamEndEvent):
                return
            if isinstance(event, DocumentStartEvent):
                if started:
                    self._stop(event, "a second document starts here", "keep one document, without --- lines between")
                if event.version or event.tags:
                    self._stop(event, "a line that starts with % is not used here", "delete it")
                started, first = True, next(self._events)
                self._document.data = self._node(first, ())

    def _node(self, event: Any, path: Path) -> Any:
        if len(path) > DEEPEST:
            self._stop(event, f"nested more than {DEEPEST} levels deep", "a flatter file says the same")
        if len(self._document.values) >= self._most:
            self._stop(event, f"the file has more than {self._most:,} values", "leave out what is not needed")
        self._document.values[path] = _place(event)
        self._refuse_marks(event, path)
        if isinstance(event, AliasEvent):
            return None
        if isinstance(event, ScalarEvent):
            return None if path in self._document.faulty else self._scalar(event, path)
        if isinstance(event, SequenceStartEvent):
            return [self._node(item, (*path, i)) for i, item in enumerate(self._until_end())]
        assert isinstance(event, MappingStartEvent)
        return self._mapping(path)

    def _mapping(self, path: Path) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        for event in self._until_end():
            key = self._key(event, path)
            at = (*path, key)
            if key in pairs:
                first = self._document.keys[at].line
                message = f"{shown(key)} is written twice, first on line {first}"
                self._document.report_at(_place(event), message, "keep one of the two")
                self._node(next(self._events), (*path, f"{key}, line {event.start_mark.line + 1}"))
                continue
            self._document.keys[at] = _place(event)
            pairs[key] = self._node(next(self._events), at)
        return pairs

    def _key(self, event: Any, path: Path) -> str:
        if not isinstance(event, ScalarEvent):
            self._stop(event, "a key must be a plain word", "write it as name: value, in quotes where it has { or [")
        self._refuse_marks(event, path)
        try:
            return whole(event.value)
        except Unclear as error:
            self._stop(event, *error.args)

    def _scalar(self, event: Any, path: Path) -> Any:
        try:
            text = whole(self._fill(event.value))
            return text if event.style else resolve(text)
        except Unclear as error:
            self._fault(event, path, *error.args)
            return None

    def _refuse_marks(self, event: Any, path: Path) -> None:
        if event.anchor is not None:
            self._fault(
                event, path, "anchors (&) and aliases (*) are not used here", 'write the value out, or quote text: "*.csv"'
            )
        elif getattr(event, "tag", None) is not None:
            self._fault(event, path, f"tags are not allowed, and this is {shown(_tag(event))}", "write a plain value")

    def _until_end(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, CollectionEndEvent):
                return
            yield event

    def _fault(self, event: Any, path: Path, message: str, fix: str) -> None:
        self._document.report_at(_place(event), f"{dotted(path)}: {message}" if path else message, fix)
        self._document.faulty.add(path)

    def _stop(self, event: Any, message: str, fix: str) -> NoReturn:
        self._document.report_at(_place(event), message, fix)
        self._document.refuse()


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _tag(event: Any) -> str:
    """The tag as it is usually written."""
    return str(event.tag).replace("tag:yaml.org,2002:", "!!")
