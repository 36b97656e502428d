"""What the name of a column says: its words, whether it speaks of a plan or of an outcome, and names that look alike."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

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


def actual_of(name: str, others: Sequence[str]) -> str | None:
    """The column of `others` that plans what `name` records: 'sched_dep_time' for 'dep_time', or None."""
    mine = tuple(word for word in words(name) if word != "actual")
    if not mine or is_planned(name):
        return None
    return next((other for other in others if is_planned(other) and _without_plan(other) == mine), None)


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


def visible(name: str) -> str:
    """The name with every character that is not plain ASCII spelled out, so that look-alikes can be told apart."""
    return name.encode("ascii", "backslashreplace").decode()


def _without_plan(name: str) -> tuple[str, ...]:
    return tuple(word for word in words(name) if word not in PLANNED)


def _shared_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]
