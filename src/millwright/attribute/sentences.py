"""The attribution in words."""

from collections.abc import Iterator, Mapping

from millwright.records.attributing import Attribution
from millwright.records.deciding import FindingKind
from millwright.records.figures import figure, fixed
from millwright.records.judging import Interval

TITLES: Mapping[FindingKind, str] = {
    "data_fault": "broken inputs",
    "covariate": "other inputs",
    "label": "another share of outcomes",
    "concept": "a changed relation between inputs and outcomes",
    "serving": "answers that are not the model's own",
}
UNDIVIDED = "other inputs or a changed relation, which cannot be told apart"
MOST_NAMED = 3
MOST_OF_IT = 0.5
BY_COLUMNS = ("data_fault", "covariate")


def sentence_of(found: Attribution) -> str:
    """The change and its parts in one sentence, the largest part first."""
    was, now, change = found.before.value, found.now.value, found.change
    if was is None or now is None or change.value is None:
        return f"{found.metric} is not known on both sides, so nothing can be attributed"
    if found.cannot and not found.changed:
        return f"{found.metric} was {figure(was)} and is {figure(now)}: {'; '.join(found.cannot)}"
    if not found.changed:
        noise = f"a change of {_figure(change)} is within noise, nothing is attributed"
        return f"{found.metric} was {figure(was)} and is {figure(now)}: {noise}"
    verb = "rose" if change.value > 0 else "fell"
    word = "better" if (change.value > 0) == (found.goal == "max") else "worse"
    whole = f"{found.metric} {verb} by {_figure(_absolute(change))}, from {figure(was)} to {figure(now)} ({word})"
    parts = ", ".join(_parts(found))
    return f"{whole}: {parts}" if parts else f"{whole}; it could not be split"


def _parts(found: Attribution) -> Iterator[str]:
    parts = [(one.part, f"{TITLES[one.kind]}{_named(found, one.kind)}") for one in found.kinds]
    if found.undivided is not None:
        parts.append((found.undivided, UNDIVIDED))
    for place, (part, title) in enumerate(sorted(parts, key=lambda one: -abs(one[0].value or 0.0))):
        of_it = " of it" if place == 0 else ""
        noise = "" if sure(part) else ", within noise"
        yield f"{fixed(part.value, '+')}{of_it} from {title}{noise}"


def _named(found: Attribution, kind: FindingKind) -> str:
    part = next(one.part for one in found.kinds if one.kind == kind)
    if not sure(part) or (found.leading is None and kind not in BY_COLUMNS):
        return ""
    if kind == "concept":
        return f" ({_where(found, part)})"
    columns = [one for one in found.columns if one.kind == kind]
    names = [one.column for one in sorted(columns, key=lambda one: -abs(one.part.value or 0.0))]
    return f" (most: {', '.join(names[:MOST_NAMED])})" if names else ""


def _where(found: Attribution, whole: Interval) -> str:
    """The group, or the column, in which most of a changed relation lies."""
    least = MOST_OF_IT * abs(whole.value or 0.0)
    for one in found.slices:
        if sure(one.part) and abs(one.part.value or 0.0) >= least:
            return f"most: {one.column} = {one.group}"
    columns = [one.column for one in found.columns if one.kind == "concept" and abs(one.part.value or 0.0) >= least]
    return f"most: {', '.join(columns[:MOST_NAMED])}" if columns else "over all rows, no column stands out"


def sure(part: Interval) -> bool:
    """Whether a part is beyond noise."""
    return part.low is not None and part.high is not None and (part.low > 0 or part.high < 0)


def _absolute(change: Interval) -> Interval:
    if (change.value or 0.0) >= 0:
        return change
    low, high = (None if end is None else -end for end in (change.high, change.low))
    return Interval(value=-(change.value or 0.0), low=low, high=high, n=change.n, level=change.level)


def _figure(part: Interval) -> str:
    ends = "" if part.low is None or part.high is None else f" [{fixed(part.low)} to {fixed(part.high)}]"
    return f"{fixed(part.value)}{ends}"
