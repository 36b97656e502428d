"""The account of one column over some rows, before it becomes a record; and how accounts become one.

Many small accounts (of a period, of a batch of rows) are made, at a finer resolution than what is kept, and merged to all that
is kept: so rows are read once, and the same account comes out however they were cut.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from millwright.data.distinct import NO_HASHES, Hashes, hashes_of_texts, smallest
from millwright.data.numeric import Numbers, merge_numbers, named_magnitudes, numbers_behind
from millwright.records.data import ColumnKind, ColumnProfile, Sketch, TextSummary, TimeSummary

_COUNTED_LEVELS = 50_000
_SPARED = 4096
_SIZED = ("number", "integer", "number_text")


@dataclass(frozen=True, slots=True)
class Levels:
    """The rows of each named level, of all others, and the hashes of all levels where not all are named."""

    named: dict[str, int]
    other: int = 0
    hashes: Hashes = field(default_factory=lambda: NO_HASHES)


@dataclass(frozen=True, slots=True)
class Account:
    """One column over some rows: numbers, or levels where it is a category. texts: of a text column, also the hashes of its
    distinct texts."""

    count: int
    missing: int
    infinite: int = 0
    unparsed: int = 0
    numbers: Numbers | None = None
    levels: Levels | None = None
    text: TextSummary | None = None
    texts: Hashes = field(default_factory=lambda: NO_HASHES)
    violations: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is kept: points of quantiles, levels named, and whether distinct values beyond that are estimated.

    spared: so many distinct numbers are all kept, so that those of few rows are not made coarse before they are merged.
    """

    points: int
    levels: int
    hashes: bool = True
    spared: int = 0

    def to_be_merged(self) -> "Detail":
        """What accounts are made at that are merged to this: with twice the points, and nearly all levels."""
        return Detail(2 * self.points, max(_COUNTED_LEVELS, self.levels), self.hashes, spared=_SPARED)


def levels_of(counts: dict[str, int], detail: Detail) -> Levels:
    """The account of counted levels: the commonest of them."""
    return _capped(counts, 0, NO_HASHES, detail)


def merge_accounts(parts: Sequence[Account], detail: Detail) -> Account:
    """The account of all rows behind `parts` (at least one, all of one kind)."""
    numbers = [part.numbers for part in parts if part.numbers is not None]
    levels = [part.levels for part in parts if part.levels is not None]
    return Account(
        count=sum(part.count for part in parts),
        missing=sum(part.missing for part in parts),
        infinite=sum(part.infinite for part in parts),
        unparsed=sum(part.unparsed for part in parts),
        numbers=merge_numbers(numbers, detail.points) if numbers else None,
        levels=_merged_levels(levels, detail) if levels else None,
        text=_merged_text([part.text for part in parts if part.text is not None]),
        texts=_merged_texts(parts),
        violations=summed_pairs([part.violations for part in parts]),
    )


def account_behind(profile: ColumnProfile) -> Account:
    """The account that a kept profile holds."""
    hashes = np.array(profile.hashes, dtype=np.uint64)
    is_text, is_category = profile.kind == "text", profile.kind == "category"
    return Account(
        count=profile.count,
        missing=profile.missing,
        infinite=profile.infinite,
        unparsed=profile.unparsed,
        numbers=None if is_category else numbers_behind(profile),
        levels=Levels(dict(profile.top), profile.other, hashes) if is_category else None,
        text=profile.text,
        texts=hashes if is_text else NO_HASHES,
        violations=profile.violations,
    )


def record_of(name: str, kind: ColumnKind, account: Account, detail: Detail, times: TimeSummary | None = None) -> ColumnProfile:
    """The record of an account that was made or merged at `detail`; of dates with the summary of their clock."""
    common = {
        "name": name,
        "kind": kind,
        "count": account.count,
        "missing": account.missing,
        "violations": account.violations,
    }
    if account.levels is not None:
        return _of_levels(common, account.levels, detail)
    assert account.numbers is not None
    return _of_numbers({**common, "times": times}, account, account.numbers, detail)


def summed_pairs(parts: Sequence[tuple[tuple[str, int], ...]]) -> tuple[tuple[str, int], ...]:
    """Counts by name, summed up and in order of their names."""
    counts: Counter[str] = Counter()
    for name, rows in (pair for part in parts for pair in part):
        counts[name] += rows
    return tuple(sorted(counts.items()))


def _of_levels(common: dict[str, object], levels: Levels, detail: Detail) -> ColumnProfile:
    return ColumnProfile(
        **common,  # type: ignore[arg-type]
        distinct=None if levels.other else len(levels.named),
        top=tuple(sorted(levels.named.items(), key=_commonest_first)),
        other=levels.other,
        hashes=tuple(levels.hashes.tolist()) if detail.hashes else (),
    )


def _of_numbers(common: dict[str, object], account: Account, numbers: Numbers, detail: Detail) -> ColumnProfile:
    low, high = numbers.ends
    hashes = account.texts if common["kind"] == "text" else numbers.hashes
    return ColumnProfile(
        **common,  # type: ignore[arg-type]
        infinite=account.infinite,
        unparsed=account.unparsed,
        distinct=len(numbers.points[0]) if numbers.exact else None,
        minimum=low,
        maximum=high,
        mean=numbers.mean,
        m2=numbers.m2,
        sketch=Sketch(values=tuple(numbers.points[0].tolist()), weights=tuple(numbers.points[1].tolist())),
        magnitudes=named_magnitudes(numbers.magnitudes) if common["kind"] in _SIZED else (),
        hashes=tuple(hashes.tolist()) if detail.hashes else (),
        text=account.text,
    )


def _merged_levels(parts: Sequence[Levels], detail: Detail) -> Levels:
    counts: Counter[str] = Counter()
    for part in parts:
        for level, rows in part.named.items():
            counts[level] += rows
    other = sum(part.other for part in parts)
    if any(part.other and not len(part.hashes) for part in parts):
        return _capped(counts, other, NO_HASHES, Detail(detail.points, detail.levels, hashes=False))
    return _capped(counts, other, smallest(*(part.hashes for part in parts)), detail)


def _capped(counts: dict[str, int], other: int, hashes: Hashes, detail: Detail) -> Levels:
    """At most `detail.levels` of them. Hashes are of all levels, those that are named too, where not all of them are."""
    ordered = sorted(counts.items(), key=_commonest_first) if len(counts) > detail.levels else list(counts.items())
    left_out = sum(rows for _, rows in ordered[detail.levels :]) + other
    if left_out and detail.hashes:
        hashes = smallest(hashes, hashes_of_texts(counts))
    return Levels(dict(ordered[: detail.levels]), left_out, hashes)


def _merged_texts(parts: Sequence[Account]) -> Hashes:
    """Where one part has texts and no hashes of them, as all have that were kept by version 1, nothing can be said."""
    if any(part.count > part.missing and not len(part.texts) for part in parts):
        return NO_HASHES
    return smallest(*(part.texts for part in parts))


def _commonest_first(level: tuple[str, int]) -> tuple[int, str]:
    """Ties by name."""
    return -level[1], level[0]


def _merged_text(parts: Sequence[TextSummary]) -> TextSummary | None:
    if not parts:
        return None
    names = TextSummary.__dataclass_fields__
    return TextSummary(**{name: sum(getattr(part, name) for part in parts) for name in names})
