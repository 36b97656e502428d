"""Data at rest: snapshots, profiles, contracts and what the checks found."""

from datetime import datetime
from typing import Literal

from millwright.records.record import record

ColumnKind = Literal["number", "integer", "boolean", "category", "text", "number_text", "date"]
Role = Literal["feature", "target", "time", "label_known", "key", "group", "weight", "ignored", "known_later", "empty"]
Severity = Literal["stop", "warning", "note"]


@record
class Part:
    """One immutable Parquet file of a snapshot, kept in the blob store under its digest."""

    digest: str
    rows: int
    size: int


@record
class Field:
    """A column of a snapshot as stored: its name and its DuckDB type. date_format: how its source wrote a time as text, where
    that is not ISO 8601: requests write it so too."""

    name: str
    type: str
    date_format: str | None = None


@record
class SetAside:
    """Rows of the source that could not be taken, and why; numbers count from 1, the header is line 1."""

    file: str
    reason: str
    count: int
    lines: tuple[int, ...] = ()


@record
class Snapshot:
    """Rows copied and digested before anything read them."""

    schema: Literal["millwright.snapshot/1"] = "millwright.snapshot/1"
    digest: str
    parts: tuple[Part, ...]
    fields: tuple[Field, ...]
    rows: int
    as_of: datetime
    event_at: datetime | None
    known_at: datetime
    sources: tuple[str, ...]
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()


@record
class Sketch:
    """A mergeable quantile summary: sorted points and the weight each stands for."""

    values: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()


@record
class TextSummary:
    """How many texts of a column hold nothing but space (`empty`), and how many hold letters, digits, spaces, other signs, and
    characters beyond ASCII."""

    empty: int = 0
    letters: int = 0
    digits: int = 0
    spaces: int = 0
    signs: int = 0
    beyond_ascii: int = 0


@record
class TimeSummary:
    """When the moments of a column lie, by wall clock, and whether its clock is to be trusted.

    hours: rows by hour of the day (24). weekdays: rows by day of the week, Monday first (7). future: rows later than the
    moment as of which they were read; None where that is not known. out_of_order: rows earlier than the row before them.
    first, last: the first and the last row's moment (microseconds since 1970), so that parts laid end to end can be told apart.
    """

    hours: tuple[int, ...]
    weekdays: tuple[int, ...]
    future: int | None = None
    out_of_order: int = 0
    first: int | None = None
    last: int | None = None


@record
class ColumnProfile:
    """What one column looks like over some rows. Counts are rows; moments leave missing values out.

    magnitudes: rows by sign (-1, 0, 1) and power of ten, as (sign, power, rows): power 2 is 100 up to below 1000 in size.
    hashes: the smallest hashes of its distinct values, where these are too many to be named (see data.distinct).
    violations: rows that break a rule of the contract (range, unseen, null), as (rule, rows).
    """

    name: str
    kind: ColumnKind
    count: int
    missing: int
    infinite: int = 0
    unparsed: int = 0
    distinct: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    m2: float | None = None
    sketch: Sketch = Sketch()
    top: tuple[tuple[str, int], ...] = ()
    other: int = 0
    magnitudes: tuple[tuple[int, int, int], ...] = ()
    hashes: tuple[int, ...] = ()
    text: TextSummary | None = None
    times: TimeSummary | None = None
    violations: tuple[tuple[str, int], ...] = ()


@record
class PeriodProfile:
    """The profile of one period of the time column: a day, week or month by its first day; a live window that is none of these
    by when it began and ended, as START/END."""

    period: str
    rows: int
    columns: tuple[ColumnProfile, ...]


SliceOf = Literal["column", "caller"]
SliceKey = tuple[SliceOf, str, str]
"""What tells one slice from another: `of`, `column`, `level`."""


@record
class SliceProfile:
    """The profile of the rows of which a column has one level; of a caller's, those that came with one API key: `level` is its
    name then, and there is no column."""

    column: str
    level: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    of: SliceOf = "column"

    @property
    def key(self) -> SliceKey:
        """What tells it from other slices."""
        return (self.of, self.column, self.level)


@record
class Profile:
    """What the rows of a snapshot or window look like. Mergeable: profile(a + b) = merge(profile(a), profile(b)).

    late_rows, amended_at: of a window, how many rows came after the profile of their day had been made, and when the last of
    them were put in. copies: of logged requests, a sample of them by content, as (hash, rows). slices: of a window, the rows of
    some levels of some columns and of some callers, each by itself. Of version 1, which is still read, all that this version
    adds is empty.
    """

    schema: Literal["millwright.profile/1", "millwright.profile/2"] = "millwright.profile/2"
    of: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    periods: tuple[PeriodProfile, ...] = ()
    grain: Literal["day", "week", "month"] | None = None
    late_rows: int = 0
    amended_at: datetime | None = None
    copies: tuple[tuple[int, int], ...] = ()
    slices: tuple[SliceProfile, ...] = ()


@record
class ContractColumn:
    """What a valid value of one column is."""

    name: str
    kind: ColumnKind
    role: Role = "feature"
    nullable: bool = True
    minimum: float | None = None
    maximum: float | None = None
    levels: tuple[str, ...] | None = None
    date_format: str | None = None
    pii: bool = False
    key: bool = False


@record
class Contract:
    """What a valid row is: inferred from data, edited by a person, enforced on snapshots and on each request."""

    schema: Literal["millwright.contract/1"] = "millwright.contract/1"
    columns: tuple[ContractColumn, ...]
    zone: str = "UTC"
    extra_columns: Literal["ignore", "refuse"] = "ignore"


@record
class Check:
    """One thing that a data check found. `code` is what a person writes under data.acknowledge to accept it."""

    code: str
    severity: Severity
    columns: tuple[str, ...]
    count: int | None
    message: str
    fix: str
    acknowledged: bool = False
