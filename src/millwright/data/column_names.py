"""What the name of a column says: its words, whether it speaks of a plan or of an outcome, and names that look alike."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence

PLANNED = frozenset(
    {
        "sched",
        "scheduled",
        "schedule",
        "planned",
        "plan",
        "expected",
        "estimated",
        "promised",
        "forecast",
        "forecasted",
        "requested",
        "booked",
        "crs",
        "eta",
        "etd",
    }
)
DUE = frozenset({"due", "deadline", "expiry", "expires", "expiration", "expire", "valid", "until", "renewal", "maturity"})
OUTCOME = frozenset(
    {
        "actual",
        "outcome",
        "result",
        "results",
        "final",
        "delay",
        "delayed",
        "late",
        "resolution",
        "resolved",
        "closed",
        "settled",
        "completed",
        "cancelled",
        "diverted",
        "paid",
        "refunded",
        "defaulted",
        "churned",
        "returned",
    }
)
EARLIER = frozenset(
    {"prev", "previous", "prior", "last", "lag", "lagged", "past", "history", "historic", "historical", "before"}
)

MOMENT = frozenset({"time", "date", "at", "timestamp", "datetime", "when", "day"})
GENERIC = MOMENT | {"id", "code", "type", "name", "number", "count", "value", "flag", "is", "has", "the", "of", "in", "to"}

_LOOKS_LIKE_LATIN = str.maketrans(
    "аеорсухіјѕԁһӏԛԝкмтвнгпαορνικτυχεа",
    "aeopcyxijsdhlqwkmtbhrnaopviktuxea",
)


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, without digits.

    >>> words("schedDepTime_2")
    ('sched', 'dep', 'time')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(re.findall(r"[^\W\d_]+", spaced.lower()))


def is_planned(name: str) -> bool:
    """Whether the name speaks of a plan, which is known before the event."""
    return not PLANNED.isdisjoint(words(name))


def is_due(name: str) -> bool:
    """Whether the name speaks of a moment set beforehand, such as a due date."""
    return is_planned(name) or not DUE.isdisjoint(words(name))


def outcome_words(name: str) -> frozenset[str]:
    """The words of the name that speak of an outcome; none where the name speaks of a plan or of an earlier event."""
    said = frozenset(words(name))
    return frozenset() if said & (PLANNED | EARLIER) else said & OUTCOME


def plans_among(names: Sequence[str]) -> dict[tuple[str, ...], str]:
    """The columns that plan something, by the words of what they plan: {('dep', 'time'): 'sched_dep_time'}."""
    plans = {tuple(word for word in words(name) if word not in PLANNED): name for name in names if is_planned(name)}
    return {planned: name for planned, name in plans.items() if planned}


def actual_of(name: str, plans: Mapping[tuple[str, ...], str]) -> str | None:
    """The column that plans what `name` records ('sched_dep_time' for 'dep_time' or 'actual_dep_time'), or None."""
    return None if is_planned(name) else plans.get(tuple(word for word in words(name) if word != "actual"))


def event_word(name: str) -> str | None:
    """The first word of a compound name, which says what it is about: 'arr' of arr_late15; None for a generic or only word."""
    said = words(name)
    return said[0] if len(said) > 1 and said[0] not in GENERIC | PLANNED else None


def speaks_of_a_moment(name: str) -> bool:
    """Whether the last word is time, date, at or the like."""
    return words(name)[-1:] != () and words(name)[-1] in MOMENT


def shared_affix(names: Sequence[str]) -> str:
    """What all names begin or end with, whichever is longer.

    >>> shared_affix(["TWF", "HDF", "OSF"])
    'F'
    """
    ahead = _shared_start(names)
    behind = _shared_start([name[::-1] for name in names])[::-1]
    return max(ahead, behind, key=len)


def skeleton(name: str) -> str:
    """What a name looks like to a reader: compatibility forms, invisible characters, case and look-alikes removed."""
    plain = unicodedata.normalize("NFKC", name)
    seen = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc", "Zs"))
    return seen.casefold().translate(_LOOKS_LIKE_LATIN)


def lookalikes(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of different names that a reader would take for one another."""
    groups = defaultdict(list)
    for name in names:
        groups[skeleton(name)].append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def counted(count: int, thing: str) -> str:
    """A count with its noun: '1 row', '3 rows'."""
    return f"{count} {thing}" if count == 1 else f"{count:,} {thing}s"


def visible(name: str) -> str:
    """The name with every character that is not plain ASCII spelled out, so that look-alikes can be told apart."""
    return name.encode("ascii", "backslashreplace").decode()


def _shared_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]
