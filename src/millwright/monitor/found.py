"""One column's part of a finding, and how the parts become findings that a person understands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from millwright.monitor.words import day, names, percent
from millwright.records.codec import digest_of
from millwright.records.deciding import Change, Finding, FindingCheck, FindingKind

Verb = tuple[str, str]
"""What happened to one column, and to several."""

_SAID = 2
_GENERAL: Mapping[str, Verb] = {
    "missing": ("is missing more or less often than before", "are missing more or less often than before"),
    "unseen": ("has values that the model never saw", "have values that the model never saw"),
    "range": ("leaves the range that the model learned from", "leave the range that the model learned from"),
    "unit": ("changed its unit or scale", "changed their unit or scale"),
    "constant": ("no longer varies", "no longer vary"),
    "drift": ("drifted", "drifted"),
    "slow_drift": ("has moved and stays so", "have moved and stay so"),
    "older": ("lies elsewhere than long ago", "lie elsewhere than long ago"),
    "label_shift": ("has other outcomes than before", "have other outcomes than before"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A change of one column that is real and large.

    said: its figures in words. verb: what happened, where the check has more than one word for it. by_periods: whether it
    was measured against the variation between periods. beside: what it was held against, where that is not the training rows.
    """

    kind: FindingKind
    change: Change
    said: str
    verb: Verb | None = None
    by_periods: bool = True
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every finding of a look shares. looked_at: the end of the look's own window, also where a finding has another.
    slice: the rows that are looked at, in words; empty: all."""

    project: str
    version: int
    looked_at: datetime
    start: datetime
    end: datetime
    known_at: datetime
    rows: int
    zone: str
    importance: Mapping[str, float]
    previous: tuple[Finding, ...]
    slice: str = ""

    def id_of(self, kind: FindingKind, check: FindingCheck) -> str:
        """The same finding of the same look always has the same id."""
        slices = [self.slice] if self.slice else []
        return digest_of([self.project, kind, check, self.version, self.looked_at.isoformat(), *slices])[:32]

    def since(self, check: FindingCheck, columns: Sequence[str], start: datetime) -> datetime:
        """When it was first seen without a break: inherited from the look before where that found the same."""
        mine = (f for f in self.previous if f.slice == self.slice)
        same = (f for f in mine if f.check == check and f.version == self.version)
        seen = (f.since for f in same if not columns or set(columns) & set(f.columns))
        return min([start, *seen])

    def weight(self, columns: Sequence[str]) -> float:
        """The share of the model's importance that the columns hold."""
        return min(1.0, sum(self.importance.get(column, 0.0) for column in columns))


def findings_of(founds: Iterable[Found], scene: Scene) -> Iterator[Finding]:
    """One finding for each kind and check, its columns in order of weight."""
    groups: dict[tuple[FindingKind, FindingCheck], list[Found]] = {}
    for found in founds:
        groups.setdefault((found.kind, found.change.check), []).append(found)
    for (kind, check), group in groups.items():
        yield _finding(kind, check, sorted(group, key=lambda f: _rank(f, scene)), scene)


def _rank(found: Found, scene: Scene) -> tuple[float, float, str]:
    change = found.change
    strength = (change.evidence or 0.0) / change.limit if change.limit else 0.0
    return -scene.importance.get(change.column, 0.0), -abs(strength), change.column


def _finding(kind: FindingKind, check: FindingCheck, group: list[Found], scene: Scene) -> Finding:
    columns = tuple(found.change.column for found in group)
    since = scene.since(check, columns, scene.start)
    return Finding(
        id=scene.id_of(kind, check),
        project=scene.project,
        kind=kind,
        check=check,
        columns=columns,
        effect=group[0].change.effect,
        sentence=_sentence(check, group, columns, since, scene),
        since=since,
        start=scene.start,
        event_at=scene.looked_at,
        known_at=scene.known_at,
        version=scene.version,
        rows=scene.rows,
        weight=scene.weight(columns) if scene.importance else None,
        changes=tuple(found.change for found in group),
        slice=scene.slice,
    )


def _sentence(check: FindingCheck, group: list[Found], columns: Sequence[str], since: datetime, scene: Scene) -> str:
    several = len(group) > 1
    verbs = {found.verb for found in group}
    verb = group[0].verb if len(verbs) == 1 and group[0].verb else _GENERAL[check]
    where = f"where {scene.slice}: " if scene.slice else ""
    text = f"{where}{names(columns)} {verb[several]}: {_figures(group)} (since {day(since, scene.zone)})"
    if scene.importance:
        holds = "they hold" if several else "it holds"
        text += f"; {holds} {percent(scene.weight(columns))} of what the model looks at"
    besides = dict.fromkeys(found.beside for found in group if found.beside)
    if besides:
        text += f"; compared with {'; or with '.join(besides)}"
    elif not all(found.by_periods for found in group):
        text += "; compared with all training rows at once, as there is no history by period to say what varies by itself"
    return text


def _figures(group: list[Found]) -> str:
    if len({found.said for found in group}) == 1:
        return group[0].said
    return "; ".join(f"{found.change.column} {found.said}" for found in group[:_SAID])


def of_the_model(kind: FindingKind, change: Change, sentence: str, scene: Scene) -> Finding:
    """A finding that concerns no single column."""
    since = scene.since(change.check, (), scene.start)
    return Finding(
        id=scene.id_of(kind, change.check),
        project=scene.project,
        kind=kind,
        check=change.check,
        columns=(),
        effect=change.effect,
        sentence=f"{sentence} (since {day(since, scene.zone)})",
        since=since,
        start=scene.start,
        event_at=scene.looked_at,
        known_at=scene.known_at,
        version=scene.version,
        rows=scene.rows,
        changes=(change,),
    )
