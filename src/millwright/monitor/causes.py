"""One cause, one alarm: what is behind the findings of a look, in a sentence, under an id that stays while it lasts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from millwright.monitor.cause_words import sentence_of
from millwright.monitor.grouping import Group, groups_of, meet, when_of
from millwright.monitor.loss import part_of, with_loss
from millwright.records.causing import Cause
from millwright.records.codec import digest_of
from millwright.records.deciding import Finding, FindingKind, Loss, Onset
from millwright.records.spec import WatchSpec

ORDER: tuple[FindingKind, ...] = ("data_fault", "serving", "concept", "label", "covariate")
"""From what is told first to what is told last."""
_UNSEEN = "; it could not be seen while such columns were broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a look knows besides its findings. last: the causes of the look before; of these those found again go on. over:
    those of older looks, for answers of a broken time whose labels come later. importance: of each column. begun: since when
    there is traffic: nothing of it can have changed before."""

    watch: WatchSpec = field(default_factory=WatchSpec)
    importance: Mapping[str, float] | None = None
    zone: str = "UTC"
    last: Sequence[Cause] = ()
    over: Sequence[Cause] = ()
    begun: datetime | None = None


def causes_of(findings: Sequence[Finding], known: Known) -> tuple[Cause, ...]:
    """The causes behind the findings of one look, broken data first, then by weight. Every finding is in one or more: in
    several where its columns broke at different times or come from different feeds. A drift of columns that are broken now is
    among them as the look before had it: it cannot be seen, and is not over."""
    free = list(known.last)
    made = []
    for group in sorted(groups_of(findings, known.watch.feeds), key=_rank):
        before = _before(group, free) or _long_over(group, known.over)
        if before in free:
            free.remove(before)
        made.append(_cause(group, before, known))
    broken = {column for cause in made if cause.kind == "data_fault" for column in cause.columns}
    made += [_hidden(cause) for cause in free if cause.kind == "covariate" and broken & set(cause.columns)]
    return tuple(sorted(made, key=lambda cause: (ORDER.index(cause.kind), -(cause.weight or 0.0), cause.id)))


def _hidden(cause: Cause) -> Cause:
    """A cause that goes on unseen."""
    return replace(cause, sentence=f"{cause.sentence.removesuffix(_UNSEEN)}{_UNSEEN}")


def _rank(group: Group) -> tuple[int, datetime, str]:
    """Whoever comes first inherits first: the older."""
    return ORDER.index(group[0].finding.kind), when_of(group).earliest, _columns(group, {})[0] if group[0].column else ""


def _before(group: Group, free: Sequence[Cause]) -> Cause | None:
    """The cause of the look before that goes on in this group: those that began together first, then the oldest."""
    onset, fitting = when_of(group), [cause for cause in free if _goes_on(cause, group)]
    return min(fitting, key=lambda cause: (not meet(cause.onset, onset), cause.onset.earliest, cause.id), default=None)


def _goes_on(cause: Cause, group: Group) -> bool:
    """A broken feed goes on whatever is live, and shows as other inputs while windows hold rows of its time. All else is said
    of one version."""
    kind, columns = group[0].finding.kind, {part.column for part in group if part.column}
    same_kind = cause.kind == kind and (kind == "data_fault" or cause.version == group[0].finding.version)
    mends = kind == "covariate" and cause.broken_until is not None and _start(group) < cause.broken_until
    if columns or cause.columns:
        return (same_kind or mends) and bool(columns & set(cause.columns))
    return same_kind and _place(group) == cause.feed


def _long_over(group: Group, over: Sequence[Cause]) -> Cause | None:
    """The fault behind answers that turn out worse now that their labels have come."""
    first = group[0].finding
    if first.check != "decay" or first.kind != "data_fault" or any(part.column for part in group):
        return None
    begun = first.start or first.since
    of_then = [
        c for c in over if c.kind == "data_fault" and c.columns and c.event_at > begun and c.onset.earliest < first.event_at
    ]
    return max(of_then, key=lambda cause: (cause.weight or 0.0, cause.event_at), default=None)


def _cause(group: Group, before: Cause | None, known: Known) -> Cause:
    first, columns = group[0].finding, _columns(group, known.importance or {})
    broken = any(part.finding.kind == "data_fault" and part.column for part in group)
    onset = before.onset if before else _from(when_of(group), known.begun)
    made = Cause(
        id=before.id if before else _id(first, group, onset),
        project=first.project,
        kind=before.kind if before else first.kind,
        feed=_place(group),
        columns=columns,
        onset=onset,
        start=_start(group),
        event_at=first.event_at,
        version=first.version,
        findings=tuple(dict.fromkeys(part.finding.id for part in group)),
        title="",
        sentence="",
        weight=_weight(columns, known),
        looks=before.looks + 1 if before else 1,
        loss=_loss(group, known),
        broken_until=first.event_at if broken else before.broken_until if before else None,
    )
    title, sentence = sentence_of(made, group, known.zone)
    if before is not None and before.columns and not columns:  # labels of rows that were asked while it lasted
        made = replace(made, columns=before.columns, feed=before.feed, weight=before.weight)
        title, sentence = before.title, f"{before.title}; of the rows of that time {sentence}"
    elif before is not None and before.broken_until is not None and not broken:
        title, sentence = before.title, f"{before.title}; it mends, and in rows of that time {sentence}"
    return replace(made, title=title, sentence=with_loss(sentence, made.loss))


def _start(group: Group) -> datetime:
    """Where the windows of its findings begin."""
    return min(part.finding.start or part.finding.since for part in group)


def _loss(group: Group, known: Known) -> Loss | None:
    """The largest that its findings may cost, each as far as it is about the group's columns."""
    losses, importance = [], known.importance or {}
    for finding in {part.finding.id: part.finding for part in group}.values():
        mine = {part.column for part in group if part.finding.id == finding.id and part.column}
        whole = sum(importance.get(column, 0.0) for column in finding.columns)
        share = sum(importance.get(column, 0.0) for column in mine) / whole if mine and whole else 1.0
        losses += [part_of(finding.loss, share, known.watch)] if finding.loss else []
    return max(losses, key=lambda loss: loss.share, default=None)


def _from(onset: Onset, begun: datetime | None) -> Onset:
    """No earlier than the traffic."""
    if begun is None:
        return onset
    return Onset(start=max(onset.start, begun), earliest=max(onset.earliest, begun), latest=max(onset.latest, begun))


def _id(first: Finding, group: Group, onset: Onset) -> str:
    what = [
        first.project,
        "cause",
        first.kind,
        first.version,
        _place(group),
        list(_columns(group, {})),
        onset.earliest.isoformat(),
    ]
    return digest_of([*what, first.event_at.isoformat()])[:32]


def _place(group: Group) -> str:
    """The feed that all columns come from, or where the findings belong; nothing where that is not one."""
    places = {part.place for part in group if part.column} or {part.place for part in group}
    return places.pop() if len(places) == 1 else ""


def _columns(group: Group, importance: Mapping[str, float]) -> tuple[str, ...]:
    named = dict.fromkeys(part.column for part in group if part.column)
    return tuple(sorted(named, key=lambda column: -importance.get(column, 0.0)))


def _weight(columns: Sequence[str], known: Known) -> float | None:
    if not columns or not known.importance:
        return None
    return min(1.0, sum(known.importance.get(column, 0.0) for column in columns))
