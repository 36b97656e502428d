"""What the demo ends with: a page that a person reads in a minute."""

from typing import Any

from millwright.loop.outcomes import say_interval
from millwright.loop.quality import held
from millwright.records.codec import to_plain
from millwright.records.judging import Interval, LiveQuality, Verdict
from millwright.records.record import record
from millwright.records.release import Version

SHOWN = {"roc_auc": "AUC (higher is better)", "brier": "Brier score (lower is better)"}


@record
class Played:
    """How the traffic went. Milliseconds are the client's, over loopback, one row a request."""

    predictions: int
    labels: int
    pending: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float


@record
class Summary:
    """The demo in figures."""

    seconds: float
    folder: str
    version: Version
    verdict: Verdict
    played: Played
    quality: LiveQuality | None
    report: str
    state: str
    program: str = "mw"

    def as_plain(self) -> dict[str, Any]:
        """The summary as JSON data."""
        live, promised = self._metrics("metrics"), self._metrics("promised")
        return {
            "seconds": self.seconds,
            "predictions": self.played.predictions,
            "labels": self.played.labels,
            "labels_pending": self.played.pending,
            "failed_requests": self.played.failed,
            "latency_ms": {"p50": self.played.p50_ms, "p99": self.played.p99_ms},
            "version": self.version.name,
            "verdict": self.verdict.state,
            "live": {name: to_plain(live[name]) for name in SHOWN if name in live},
            "promised": {name: to_plain(promised[name]) for name in SHOWN if name in promised},
            "window": to_plain(self.quality.window) if self.quality else None,
            "folder": self.folder,
            "report": self.report,
        }

    @property
    def lines(self) -> list[str]:
        """The summary for a person."""
        played = self.played
        return [
            f"\nIn {self.seconds:.0f} seconds: {self.version.name} was trained, judged, signed and released; it answered",
            f"{played.predictions:,} flights of April, {played.failed} requests failed; {played.labels:,} labels came back.",
            "",
            *self._quality_lines(),
            "",
            f"An answer took {played.p50_ms:.2f} ms (median), {played.p99_ms:.2f} ms (99 in 100), asked one by one over HTTP,",
            "each written to the log before it was given.",
            "",
            "Where everything lies",
            f"  {self.folder}/millwright.yaml   what was asked for, every guess with its reason",
            f"  {self.folder}/contract.yaml     what a valid row is",
            f"  {self.report}       the report, for people who do not read code",
            f"  {self.state}       catalogue, packages, logs",
            "",
            "What next",
            f"  {self.program} -C {self.folder} report --open    look at the model",
            f"  {self.program} -C {self.folder} up               serve it; then ask it: the line to copy is printed",
            f"  {self.program} -C {self.folder} status           what is live and how good it is",
            f"  {self.program} init --from YOUR.csv --target COLUMN    your own data",
        ]

    def _metrics(self, which: str) -> dict[str, Interval]:
        return {m.name: m.interval for m in getattr(self.quality, which)} if self.quality else {}

    def _quality_lines(self) -> list[str]:
        if self.quality is None:
            return ["Nothing was live, so there is no live quality to speak of: see the report for why."]
        live, promised, seen = self._metrics("metrics"), self._metrics("promised"), self.quality.window
        lines = [f"{'':30}{'promised on the holdout':<32}live, April 2013"]
        for metric in self.quality.metrics:
            if metric.name in SHOWN:
                said, came = say_interval(promised[metric.name]), say_interval(metric.interval)
                lines.append(f"{SHOWN[metric.name]:<30}{said:<32}{came}  {held(metric, promised[metric.name])}")
        until = f"{seen.complete_until:%d %B}" if seen.complete_until else "the start"
        level = self.quality.metrics[0].interval.level
        lines.append(
            f"on {promised['roc_auc'].n:,} sealed flights and on {live['roc_auc'].n:,} live ones, with labels up to {until};"
        )
        lines.append(f"in brackets: where the figure lies with {level:.0%} confidence, days resampled whole.")
        return lines
