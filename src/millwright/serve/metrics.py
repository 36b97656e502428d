"""What the server counts, in Prometheus' names and units."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest
from prometheus_client.core import Metric

from millwright import __version__
from millwright.serve.answering import Reply
from millwright.serve.slot import Slot
from millwright.serve.tally import LOCK, Count, Counts, CountsOf, Distribution, Series

Tally = TypeVar("Tally")

HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The bounds of OpenTelemetry's http.server.request.duration: too coarse for what takes less than five milliseconds."""
_SECONDS = (0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, *HTTP_SECONDS)
_INFERENCE = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
_TENTHS = tuple(round(0.1 * tenth, 1) for tenth in range(1, 11))
_LAGS = (60, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400)
_ROWS = (1, 10, 100, 1_000, 10_000)
_MOST_REFUSALS = 1_000
_COLUMNS_OF_CLIENTS = frozenset({"column.extra", "contract.extra_column"})
"""What is refused so names a column as its client spells it: no label for a count."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """Where the answers of one version in one role are counted."""

    predictions: Count
    inference: Series
    values: Series


class Metrics:
    """The counters of one server. Every label has few values: routes, projects, versions and flags of known columns."""

    def __init__(self) -> None:
        disable_created_metrics()
        self.behind = False
        self._registry = CollectorRegistry()
        self._told: dict[tuple[str, int, bool], Series] = {}
        self._answered: dict[tuple[str, int, str], _Answered] = {}
        self._count_requests()
        self._count_rows()
        self._count_log_and_labels()
        self._tell_what_is_live()
        self._count_challengers()

    def _count_requests(self) -> None:
        within, of = {"registry": self._registry}, ("route", "code")
        seconds = Distribution(
            "millwright_request_duration_seconds", "From the first byte of a request to its answer.", _SECONDS, of
        )
        explained = Distribution(
            "millwright_explained_request_duration_seconds",
            "The same, of requests whose answers say what each column added.",
            _SECONDS,
            of,
        )
        self._ours(CountsOf((seconds, explained), "millwright_requests", "Requests answered."))
        self.seconds, self.explained_seconds = self._ours(seconds), self._ours(explained)
        self.aborted = Counter(
            "millwright_requests_aborted", "Requests whose client went away before they were whole.", **within
        )
        self.key_refusals = Counter(
            "millwright_key_refusals", "Requests refused for their API key, or for want of one.", ("reason",), **within
        )
        self.refusals = self._ours(
            Counts(
                "millwright_refusals", "Requests refused, by what was wrong, and in which column.", ("route", "code", "column")
            )
        )
        self._refused: set[tuple[str, str, str]] = set()
        self.spans_dropped = Counter("millwright_spans_dropped", "Spans of requests that were not exported.", **within)

    def _count_rows(self) -> None:
        project = ("project",)
        self.inference = self._ours(
            Distribution(
                "millwright_inference_duration_seconds",
                "Features and scores of the rows that were answered in one go.",
                _INFERENCE,
                project,
            )
        )
        self.predictions = self._ours(Counts("millwright_predictions", "Rows answered.", ("project", "version", "stage")))
        self._batch_rows = self._ours(Distribution("millwright_batch_rows", "Rows in a request.", _ROWS)).of()
        self.values = self._ours(
            Distribution("millwright_prediction_value", "Probabilities of the positive class.", _TENTHS, project)
        )
        self.missing = self._ours(
            Counts("millwright_feature_missing", "Cells without a value in answered rows.", ("project", "feature"))
        )
        self.flags = Counter(
            "millwright_row_flags", "Flags raised on answered rows.", ("project", "flag"), registry=self._registry
        )

    def _count_log_and_labels(self) -> None:
        within, project = {"registry": self._registry}, ("project",)
        self.dropped = Counter("millwright_prediction_log_dropped", "Rows answered without a log line.", project, **within)
        self.sync_failures = Gauge("millwright_prediction_log_sync_failures", "Syncs of the log that failed.", **within)
        self.labels = Counter("millwright_labels", "Labels received.", ("project", "result"), **within)
        self.label_conflicts = Counter(
            "millwright_label_conflicts", "Labels whose prediction had another value before.", project, **within
        )
        self.label_lag = self._ours(
            Distribution("millwright_label_lag_seconds", "From a prediction to its label, by id.", _LAGS, project)
        )

    def _tell_what_is_live(self) -> None:
        within, project = {"registry": self._registry}, ("project",)
        self.start = Gauge(
            "millwright_server_start", "Number of this server's start: with another one, all counts began anew.", **within
        )
        build = Gauge("millwright_build_info", "1 for this version of Millwright.", ("version",), **within)
        build.labels(__version__).set(1)
        self.release = Gauge("millwright_release_number", "Number of the live release.", project, **within)
        self.release_failing = Gauge("millwright_release_failing", "1 while a newer release is refused.", project, **within)
        self.revoked = Gauge(
            "millwright_release_revoked",
            "1 while what was released is revoked: an older version answers in its place, or none.",
            project,
            **within,
        )
        self.model = Gauge("millwright_model_info", "1 for the live model.", ("project", "version", "payload"), **within)
        self.snapshot = Gauge(
            "millwright_data_last_snapshot_timestamp_seconds",
            "As of when the data of the live version was taken.",
            project,
            **within,
        )

    def _count_challengers(self) -> None:
        within, of = {"registry": self._registry}, ("project", "version")
        self.share = Gauge(
            "millwright_rollout_weight_ratio", "Share of the keys that the challenger answers; 0 in shadow.", of, **within
        )
        self.challenger_failing = Gauge(
            "millwright_challenger_failing", "1 while the challenger of a release is refused.", ("project",), **within
        )
        self.shadows = Counter("millwright_shadow_rows", "Rows that a challenger answered unseen.", of, **within)
        self.shadow_dropped = self._ours(
            Counts("millwright_shadow_dropped", "Rows that a challenger was to answer unseen and did not.", ("project",))
        )
        self.challenger_failures = Counter(
            "millwright_challenger_failures", "Rows that a challenger could not answer.", of, **within
        )
        self.fallbacks = Counter(
            "millwright_challenger_fallbacks", "Requests that the live version answered in the challenger's turn.", of, **within
        )

    def told(self, route: str, status: int, seconds: float, *, explained: bool = False) -> None:
        """Count one answered request; one that another worker passed on is counted there."""
        if self.behind:
            return
        with LOCK:
            known = self._told.get((route, status, explained))
            (known or self._start_telling(route, status, explained=explained)).observe(seconds)

    def _start_telling(self, route: str, status: int, *, explained: bool) -> Series:
        of = (self.explained_seconds if explained else self.seconds).of(route, str(status))
        return self._told.setdefault((route, status, explained), of)

    def refused(self, route: str, code: str, column: str) -> None:
        """Count a refused request under what was wrong with it. column: of the contract, where one was."""
        of = route, code, "" if code in _COLUMNS_OF_CLIENTS else column
        with LOCK:
            if of not in self._refused and len(self._refused) >= _MOST_REFUSALS:
                of = route, code, ""
            self._refused.add(of)
            self.refusals.of(*of).value += 1

    def inferred(self, project: str, seconds: float) -> None:
        """Count what the features and scores of rows took that were answered in one go."""
        with LOCK:
            self.inference.of(project).observe(seconds)

    def answered(self, slot: Slot, reply: Reply, asked: int, seconds: float | None = None) -> None:
        """Count a request for so many rows, and the answers that a version gave to those that were not answered before.

        seconds: what features and scores took, where that was of this request alone.
        """
        project = slot.project
        with LOCK:
            of = project, reply.by.version, reply.role
            told = self._answered.get(of) or self._answered.setdefault(of, self._series(*of))
            if seconds is not None:
                told.inference.observe(seconds)
            told.predictions.value += len(reply.answers)
            self._batch_rows.observe(asked)
            for answer, flags in reply.answers:
                if (probability := answer.get("probability")) is not None:
                    told.values.observe(probability)
                for flag in flags:
                    self.flags.labels(project, flag).inc()
            for column in reply.gaps:
                self.missing.of(project, column).value += 1

    def answered_again(self, rows: int) -> None:
        """Count a request all of whose rows were answered before."""
        with LOCK:
            self._batch_rows.observe(rows)

    def dropped_unseen(self, project: str, rows: int) -> None:
        """Count rows that no challenger answers: in a flood, most of them."""
        with LOCK:
            self.shadow_dropped.of(project).value += rows

    def labelled(self, project: str, lags: Iterable[float]) -> None:
        """Count the seconds from predictions to their labels."""
        with LOCK:
            for lag in lags:
                self.label_lag.of(project).observe(lag)

    def _series(self, project: str, version: int, stage: str) -> "_Answered":
        predictions = self.predictions.of(project, f"v{version}", stage)
        return _Answered(predictions, self.inference.of(project), self.values.of(project))

    def _ours(self, collector: Tally) -> Tally:
        """A count of ours, shown with the others."""
        self._registry.register(collector)
        return collector

    def families(self) -> Iterable[Metric]:
        """Every count, as the Prometheus client has it."""
        families: Iterable[Metric] = self._registry.collect()
        return families

    def text(self) -> bytes:
        """The metrics as Prometheus reads them."""
        text: bytes = generate_latest(self._registry)
        return text
