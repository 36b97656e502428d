"""What a search did, for people: who stands where, how the best came about, and what it would cost to answer with others."""

from dataclasses import field
from typing import Literal

from millwright.records.imported import Imported
from millwright.records.judging import OutOfFold, Timings
from millwright.records.modelling import FrontPoint, GoalOutcome, Split
from millwright.records.record import Pictured, record
from millwright.records.running import Run
from millwright.records.spec import Scalar

State = Literal["chosen", "member", "finished", "open", "dropped", "failed", "out_of_time"]
MadeBy = Literal["search", "retrain", "recalibration", "import"]


@record
class Standing:
    """A configuration on the leaderboard.

    state: open while a search is under way and may go on with it; a member answers with others, by its `weight`. score: the
    mean over its folds, spread: its standard deviation over them. row_us, size: microseconds of a row and bytes of its model of
    one fold, on average; of an ensemble, its members' sums. memory: the most bytes that the process held in one of its fits.
    on_front: nobody is at least as good, quick and small, and better
    in one of the three. reason: why it came no further.
    """

    place: int
    number: int
    config: str
    family: str
    params: dict[str, Scalar] = field(default_factory=dict)
    state: State
    score: float | None
    spread: float | None
    fold_scores: tuple[float, ...]
    train_score: float | None
    folds: int
    seconds: float
    row_us: float | None = None
    size: int | None = None
    memory: int | None = None
    weight: float | None = None
    on_front: bool = False
    reason: str = ""


@record
class Improvement:
    """The best score on all folds that was known after so many seconds of search, and whose it was."""

    at: float
    score: float
    config: str


@record
class Leaderboard:
    """Every configuration that was tried, the best first, those that were fitted on all folds before the others.

    full: on how many folds those were fitted that may be chosen: on all, where time was enough. seconds: of fitting.
    best_so_far: from the baseline on, each time it got better; only the baseline where it was not noted when fits were done.
    points: what could have answered, once it was chosen; outcome: whether what was chosen is as the goal asks.
    """

    metric: str
    goal: Literal["max", "min"]
    folds: int
    full: int
    seconds: float
    standings: tuple[Standing, ...]
    best_so_far: tuple[Improvement, ...]
    points: tuple[FrontPoint, ...] = ()
    outcome: GoalOutcome | None = None

    @property
    def told(self) -> tuple[FrontPoint, ...]:
        """Of the points those on the front, the one that was taken, and those that are to be spoken of; the quickest first."""
        return tuple(sorted((p for p in self.points if p.on_front or p.why), key=lambda p: (p.microseconds, p.size)))

    @property
    def begun(self) -> tuple[Standing, ...]:
        """Those that were fitted, or that this was tried of; not those whose turn never came."""
        return tuple(one for one in self.standings if one.folds or one.seconds or one.state in ("failed", "out_of_time"))

    @property
    def front(self) -> tuple[Standing, ...]:
        """Those that are not beaten in quality, time and size at once, the quickest first."""
        return tuple(sorted((one for one in self.standings if one.on_front), key=lambda one: (one.row_us or 0.0, one.place)))

    @property
    def members(self) -> tuple[Standing, ...]:
        """Those that answer together, by weight; none where one answers alone."""
        return tuple(sorted((one for one in self.standings if one.weight), key=lambda one: -(one.weight or 0.0)))


@record
class RunStory(Pictured):
    """A training run with what is known of its search by now.

    made_by: where the candidate came from or comes from; None where that is not known yet. stages: the steps that are done.
    importance: of features in the candidate. timings, size: of the whole payload, from a row to its answer. version, verdict,
    summary: of what came of it.
    """

    run: Run
    made_by: MadeBy | None
    stages: tuple[str, ...]
    split: Split | None = None
    search: Leaderboard | None = None
    note: str = ""
    importance: tuple[tuple[str, float], ...] = ()
    out_of_fold: OutOfFold | None = None
    imported: Imported | None = None
    timings: Timings | None = None
    size: int | None = None
    version: str | None = None
    verdict: str | None = None
    summary: str = ""
