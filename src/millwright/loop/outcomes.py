"""What the verbs answer with: frozen, printable, serialisable."""

from typing import Any

from millwright.records.codec import to_plain
from millwright.records.data import Check
from millwright.records.figures import fixed
from millwright.records.imported import UNKNOWN_ROWS, Imported
from millwright.records.judging import Evaluation, Interval, Timings, Verdict
from millwright.records.measuring import say_evaluators
from millwright.records.modelling import Trial
from millwright.records.record import record
from millwright.records.release import Release, Version, say_share


@record
class TrainOutcome:
    """How a run ended."""

    run: str
    version: Version
    verdict: Verdict
    evaluation: Evaluation
    timings: Timings
    checks: tuple[Check, ...]
    trials: tuple[Trial, ...]
    live: int | None
    live_payload: str | None
    released: bool
    imported: Imported | None = None

    @property
    def is_live(self) -> bool:
        """Whether this very model is what is live."""
        return self.live_payload == self.version.payload_digest

    def as_plain(self) -> dict[str, Any]:
        """The outcome as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict with its gates, and the evaluation."""
        from millwright.evaluate.report.evaluation_cell import outcome_cell

        return outcome_cell(self.version.name, self.version.project, self.evaluation, self.verdict)

    @property
    def lines(self) -> list[str]:
        """The outcome in a few lines for a person."""
        main = next(m for m in self.evaluation.metrics if m.name == self.evaluation.metric)
        lines = [f"\n{self.version.name}: {self.verdict.summary}"]
        lines.append(
            f"  {main.name} {say_interval(main.interval)} at {main.interval.level:.0%}, on {self.evaluation.rows:,} sealed rows"
            f"{', weighted' if self.evaluation.unweighted else ''}"
        )
        lines += [f"  {gate.state}: {gate.gate}: {gate.evidence}" for gate in self.verdict.gates]
        lines.append(f"  one row in {self.timings.row_p50_ms:.3f} ms (median), {self.evaluation.size_bytes / 1e6:.2f} MB")
        lines += [f"  {said}" for said in (say_evaluators(self.timings.evaluators),) if said]
        lines += [f"  {note}" for note in (*self.imported.notes, UNKNOWN_ROWS)] if self.imported else []
        if self.released:
            lines.append(f"\n{self.version.name} is live. `mw up` serves it; `mw report --open` shows everything.")
        elif self.verdict.state == "passed":
            lines.append(f"\nNext: `mw promote {self.version.name}` makes it live; `mw report --open` shows everything.")
        return lines


@record
class CheckReport:
    """What `mw check` found."""

    rows: int
    columns: int
    contract: str
    checks: tuple[Check, ...]

    @property
    def stops(self) -> tuple[Check, ...]:
        """The checks that stop a run."""
        return tuple(c for c in self.checks if c.severity == "stop" and not c.acknowledged)

    def as_plain(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {**to_plain(self), "stops": [c.code for c in self.stops]}


@record
class PlannedStep:
    """One stage of a run that has not happened yet."""

    name: str
    action: str
    seconds: str
    why: str


@record
class PlanReport:
    """What a run would do."""

    project: str
    steps: tuple[PlannedStep, ...]
    total: str
    settings: str

    def as_plain(self) -> dict[str, Any]:
        """The plan as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain


@record
class PredictReport:
    """What `mw predict` did."""

    rows: int
    version: str
    payload_digest: str
    output: str
    seconds: float
    flags: tuple[tuple[str, int], ...]

    def as_plain(self) -> dict[str, Any]:
        """The report as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain


_LEFT = {
    "pause": "the policy moves it no further, and ends it only on harm",
    "hold": "the policy does nothing about it, not even on harm",
}


@record
class ReleaseReport:
    """What a change of release did. untold: why the catalogue could not be told of it yet, where that is so."""

    release: Release
    before: int | None
    untold: str = ""

    @property
    def sentence(self) -> str:
        """The change in one line, and what else is to be known of it."""
        if not self.untold:
            return self._change
        return f"{self._change}\nThe catalogue could not be told: {self.untold}. The next command that can write it does so."

    @property
    def _change(self) -> str:
        tried = self._tried()
        if tried:
            return f"{tried}; release {self.release.number}."
        was = f" (before: v{self.before})" if self.before else ""
        forced = ", against its verdict" if self.release.forced else ""
        return f"v{self.release.version} of {self.release.project} is live{forced}{was}; release {self.release.number}."

    def _tried(self) -> str:
        """What is said of a change that leaves the live version as it is."""
        release = self.release
        if release.action == "abort":
            return f"The trial is over: v{release.version} of {release.project} is live, alone"
        if release.challenger is None:
            return ""
        how = f"answers {say_share(release.share)} of the keys" if release.share else "answers unseen (shadow)"
        paused = f", paused: {_LEFT[release.paused]}" if release.paused else ""
        return f"v{release.challenger} of {release.project} {how}{paused}; v{release.version} is live"

    def as_plain(self) -> dict[str, Any]:
        """The change as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def say_interval(interval: Interval) -> str:
    """A figure with its interval."""
    if interval.value is None:
        return "not known yet"
    if interval.low is None or interval.high is None:
        return fixed(interval.value)
    return f"{fixed(interval.value)} [{fixed(interval.low)} to {fixed(interval.high)}]"
