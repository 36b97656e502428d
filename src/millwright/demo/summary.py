"""What the demo ends with: a page that a person reads in a minute."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from millwright.loop.explaining import action_of
from millwright.loop.outcomes import say_interval
from millwright.records.codec import to_plain
from millwright.records.figures import fixed
from millwright.records.record import record
from millwright.records.replaying import Gap, Life, Story, Way

TITLES = {"roc_auc": "AUC (higher is better)", "brier": "Brier score (lower is better)"}
MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMES = {"roc_auc": "auc", "brier": "brier"}


@record
class Stages:
    """How long each part of the demo took, in seconds."""

    train: float
    play: float
    compare: float
    total: float

    @classmethod
    def between(cls, began: float, trained: float, lived: float, ended: float) -> "Stages":
        """From the moments at which the parts ended."""
        return cls(train=trained - began, play=lived - trained, compare=ended - lived, total=ended - began)


@record
class Summary:
    """The demo in figures."""

    stages: Stages
    folder: str
    version: str
    story: Story
    p50_ms: float
    p99_ms: float
    report: str
    state: str
    program: str = "mw"
    console: bool = False

    def as_plain(self) -> dict[str, Any]:
        """The summary as JSON data."""
        story = self.story
        return {
            "seconds": self.stages.total,
            "stages": to_plain(self.stages),
            "predictions": story.predictions,
            "labels": story.labels,
            "failed_requests": story.failed,
            "latency_ms": {"p50": self.p50_ms, "p99": self.p99_ms},
            "versions": [_life(life) for life in story.lives],
            "metrics": {way.name: [_month(month) for month in way.months] for way in story.ways},
            "retrains": {way.name: way.retrains for way in story.ways},
            "overall": {way.name: {NAMES[m]: to_plain(v) for m, v in way.overall.items()} for way in story.ways},
            "differences": [_gap(gap) for gap in story.gaps],
            "decisions": [_decision(decision) for decision in story.decisions],
            "findings": to_plain(story.findings),
            "injected": [{"from": a.isoformat(), "until": b.isoformat(), "what": what} for a, b, what in story.injected],
            "folder": self.folder,
            "report": self.report,
        }

    @property
    def lines(self) -> list[str]:
        """The summary for a person."""
        return list(_lines(self))


def _life(life: Life) -> dict[str, Any]:
    until = life.until.isoformat() if life.until else None
    return {
        "version": f"v{life.version}",
        "live_from": life.start.isoformat(),
        "live_until": until,
        "by": life.actor,
        "reason": life.reason,
    }


def _month(month: Any) -> dict[str, Any]:
    return {"month": month.month, **{NAMES[name]: value for name, value in month.metrics.items()}, "n": month.n}


def _gap(gap: Gap) -> dict[str, Any]:
    return {"against": gap.against, "metric": NAMES[gap.metric], "difference": to_plain(gap.difference)}


def _decision(decision: Any) -> dict[str, Any]:
    return {
        "number": decision.number,
        "at": decision.event_at.isoformat(),
        "action": decision.action,
        "version": f"v{decision.version}" if decision.version else None,
        "by": decision.actor,
        "rule": decision.rule,
        "reason": decision.reason,
        "mode": decision.mode,
        "of": decision.of,
        "findings": decision.evidence.get("findings", []),
    }


def _lines(summary: Summary) -> Iterator[str]:
    story, stages = summary.story, summary.stages
    yield ""
    yield f"In {stages.total:.0f} seconds the loop lived through nine months: {story.predictions:,} flights answered,"
    yield f"{story.labels:,} labels told, {story.failed} requests failed."
    yield ""
    yield "What was live"
    yield from (f"  v{life.version:<3} {_span(life, story.end)}  by {life.actor}: {life.reason}" for life in story.lives)
    yield ""
    yield "What was decided"
    yield from (f"  {d.number:>3}  {_day(d.event_at)}  {action_of(d)}: {_short(d.reason)}" for d in story.decisions)
    for metric in TITLES:
        yield ""
        yield from _by_month(story.ways, metric)
    yield ""
    yield "Over all, this policy against"
    yield from (f"  {_against(gap, story.ways)}" for gap in story.gaps)
    yield "in brackets: where the figure lies with 95% confidence, days resampled whole; a plus is in favour of the policy."
    yield ""
    yield f"An answer took {summary.p50_ms:.2f} ms (median), {summary.p99_ms:.2f} ms (99 in 100), asked one by one over HTTP,"
    yield "each written to the log before it was given."
    yield f"Training took {stages.train:.0f} s, nine months of the loop {stages.play:.0f} s, comparing {stages.compare:.0f} s."
    yield ""
    yield from _places(summary)


def _places(summary: Summary) -> Iterator[str]:
    folder, program = summary.folder, summary.program
    yield "Where everything lies"
    yield f"  {summary.report}       the whole story with pictures: open it in a browser"
    yield f"  {folder}/millwright.yaml   what was asked for, every guess with its reason"
    yield f"  {summary.state}       catalogue, packages, logs"
    yield ""
    yield "What next"
    number = next((d.number for d in summary.story.decisions if d.action == "retrain"), 1)
    if not summary.console:
        yield f"  {program} -C {folder} console    all of it as pages, each step with its evidence"
    yield f"  {program} -C {folder} explain-decision {number}    why it did that, with the arithmetic"
    yield f"  {program} -C {folder} log --at 2013-08-12    what was live on a past day, and why"
    yield f"  {program} -C {folder} report --open    look at the newest model"
    yield f"  {program} init --from YOUR.csv --target COLUMN    your own data"


def _span(life: Life, end: datetime) -> str:
    return f"{_day(life.start)} to {_day(life.until or end)}"


def _day(at: datetime) -> str:
    return f"{at.day:>2} {MONTHS[at.month]}"


def _short(text: str, most: int = 150) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _by_month(ways: tuple[Way, ...], metric: str) -> Iterator[str]:
    months = [month.month for month in ways[0].months]
    yield f"{TITLES[metric]:<32}" + "".join(f"{MONTHS[int(month[5:])]:>7}" for month in months) + f"{'all':>9}{'retrains':>10}"
    for way in ways:
        figures = "".join(f"{_figure(month.metrics[metric]):>7}" for month in way.months)
        overall = way.overall[metric].value
        yield f"  {way.title:<30}{figures}{_figure(overall, 4):>9}{way.retrains:>10}"


def _figure(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _against(gap: Gap, ways: tuple[Way, ...]) -> str:
    title = next(way.title for way in ways if way.name == gap.against)
    return f"{title:<16} {NAMES[gap.metric].upper():<6} {_signed(gap)}: {_verdict(gap)}"


def _signed(gap: Gap) -> str:
    d = gap.difference
    if d.value is None or d.low is None or d.high is None:
        return say_interval(d)
    return f"{fixed(d.value, '+')} [{fixed(d.low, '+')} to {fixed(d.high, '+')}]"


def _verdict(gap: Gap) -> str:
    d = gap.difference
    if d.low is None or d.high is None:
        return "cannot tell"
    return "the policy was better" if d.low > 0 else "the policy was worse" if d.high < 0 else "no difference that can be told"
