"""What a look compares: the live package on the one side, what was observed on the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from millwright.monitor.mirrored import Mirrored
from millwright.records.data import ColumnProfile, Contract, PeriodProfile, Profile, SliceKey
from millwright.records.judging import Comparison, LiveQuality, MetricValue
from millwright.records.watching import Harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the live version was made from, and what it promised.

    profile: of the rows it learned from, with features and target by period where there is a time column. importance: the
    share of the model's importance that each column holds, summing to about 1; empty where it is not known. metric: the
    name of the main one of the `promised` metrics; promised_days: of how many days these are, where days were resampled.
    positive: the level that counts as positive, where the target has levels.
    independent: rows share nothing that changes with time, so that two samples of them may be compared as such.
    live: live traffic before the window, for where the profile itself does not show what varies by itself. lived: where the
    profile's periods are of live traffic, the length of each in days; anchored: and what is compared with is all rows the
    version learned from, the periods lending only how much they vary (see `monitor.live`).
    """

    profile: Profile
    contract: Contract
    importance: Mapping[str, float] = field(default_factory=dict)
    promised: tuple[MetricValue, ...] = ()
    promised_days: int | None = None
    metric: str | None = None
    positive: str | None = None
    independent: bool = False
    live: "Live | None" = None
    lived: float | None = None
    anchored: bool = False

    @property
    def target(self) -> str | None:
        """The name of the target."""
        return next((c.name for c in self.contract.columns if c.role == "target"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Live traffic before the window in which nothing was found to be wrong, by stretches of time, oldest first.

    length_days: of each. since: how many of the newest came after the live version was released. what: days or windows, in
    words. slices: the same of the rows of which a column has one level, and of those that one caller asked.
    """

    periods: tuple[PeriodProfile, ...]
    length_days: float = 1.0
    since: int = 0
    what: str = "live days"
    slices: Mapping[SliceKey, tuple[PeriodProfile, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest part of a window, since the look before: its rows and its length in days."""

    rows: int
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The traffic of one window [start, end), as known at `known_at`.

    profile: of the logged requests' features; None, or one without rows, where nothing was asked. usual_per_day: rows a
    day before this window, at its hours; None or 0 where there was no traffic then, so that silence is no news. newest: where
    windows overlap, what came since the last look, so that silence is seen before the whole window is silent. begun: since
    when there may be traffic at all, where that is within the window.
    """

    project: str
    version: int
    start: datetime
    end: datetime
    known_at: datetime
    profile: Profile | None
    usual_per_day: float | None = None
    newest: Newest | None = None
    begun: datetime | None = None

    @property
    def rows(self) -> int:
        """Rows asked for."""
        return self.profile.rows if self.profile else 0

    @property
    def when(self) -> tuple[datetime, datetime]:
        """The part of the window that can have traffic, start and end."""
        return max(self.start, self.begun or self.start), self.end

    @property
    def days(self) -> float:
        """How many days of the window can have traffic."""
        start, end = self.when
        return (end - start).total_seconds() / 86_400

    @property
    def covered(self) -> float:
        """The share of that time which so many rows usually take, at most 1, as where nothing is known.

        Where a feed was away for days, the window holds a part of the week.
        """
        usual = (self.usual_per_day or 0.0) * self.days
        return min(1.0, self.rows / usual) if usual > 0 and self.rows else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The newest traffic whose labels are complete: the window is the one inside `quality`.

    target: of the labels of these rows. against_before: the live version and the one before it on the same labelled rows since
    its release; a positive difference is better. harm: whether it does worse there, a test that may be looked at after each
    row. better_by: the two by another metric, where the live version is the better one by that all the same. doubts: days whose
    labels contradict the answers; nothing else here is of their rows. one_sided: labels come for one side of the decisions
    alone, so that what is here is not of all rows.
    """

    quality: LiveQuality
    target: ColumnProfile | None = None
    against_before: Comparison | None = None
    harm: Harm | None = None
    better_by: Comparison | None = None
    doubts: tuple[Mirrored, ...] = ()
    one_sided: Literal["acted", "not_acted"] | None = None

    @property
    def when(self) -> tuple[datetime, datetime]:
        """The labelled window's start and end."""
        return self.quality.window.start, self.quality.window.end

    @property
    def days(self) -> float:
        """The length of the labelled window in days."""
        return (self.quality.window.end - self.quality.window.start).total_seconds() / 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsDue:
    """Predictions old enough to have their labels, how many have one, and the share that earlier windows reached (None:
    there were none)."""

    mature: int
    labelled: int
    before: float | None = None
