"""Reading a server's own metrics: how many requests it answered between two looks, how many it failed, and how fast it was."""

import math
import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import field
from typing import TypeVar

from millwright.records.record import record
from millwright.records.watching import Refused

PREDICT = (
    "/v1/predict", "/v1/projects/{project}/predict", "/invocations", "vertex",
    "/v1/models/{project}:predict", "/v1/models/{project}:explain",
    "/v2/models/{project}/infer", "/v2/models/{project}/versions/{version}/infer",
)  # fmt: skip
LABELS = ("/v1/labels", "/v1/projects/{project}/labels")
QUANTILE = 0.99
_LINE = re.compile(
    r"^millwright_(requests_total|request_duration_seconds_bucket|server_start|refusals_total)(?:\{(.*)\})? (\S+)$",
    re.MULTILINE,
)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")

Name = TypeVar("Name", bound=Hashable)


@record
class Counters:
    """What a server had counted at one moment, since its start.

    requests: answers by route and status. buckets: by route and bound in seconds, the answers that took no longer. refusals:
    refused requests by route, code and column.
    """

    start: int | None
    requests: Mapping[tuple[str, str], float]
    buckets: Mapping[tuple[str, float], float]
    refusals: Mapping[tuple[str, str, str], float] = field(default_factory=dict)


def parse(text: str) -> Counters:
    """The counters in the text of /metrics; lines that are not about requests are passed over."""
    start: int | None = None
    requests: dict[tuple[str, str], float] = {}
    buckets: dict[tuple[str, float], float] = {}
    refusals: dict[tuple[str, str, str], float] = {}
    for name, labels, value in _LINE.findall(text):
        of = dict(_LABEL.findall(labels))
        if name == "server_start":
            start = int(float(value))
        elif name == "refusals_total":
            refusals[of["route"], of["code"], _ESCAPED.sub(_unescaped, of["column"])] = float(value)
        elif name == "requests_total":
            requests[of["route"], of["code"]] = float(value)
        else:
            place = of["route"], float(of["le"])
            buckets[place] = buckets.get(place, 0.0) + float(value)  # of every status
    return Counters(start=start, requests=requests, buckets=buckets, refusals=refusals)


def between(before: Counters | None, after: Counters) -> tuple[int, int, float | None]:
    """Requests for predictions and with labels that were answered between two looks; how many of them failed by the
    server's fault (5xx); and the 99th percentile of the seconds that predictions took, in milliseconds, None without any.

    Labels are left out of the percentile: they wait for the disk by design. Where the server was started anew since
    `before`, or there is no `before`, `after` counts alone. The percentile is interpolated within its bucket, as
    Prometheus' histogram_quantile does it; beyond the last bound it is that bound.
    """
    base = before if before is not None and not _began_anew(before, after) else None
    requests = _rise(base.requests if base else {}, after.requests)
    ours = {(route, code): count for (route, code), count in requests.items() if route in PREDICT + LABELS}
    failed = sum(count for (_route, code), count in ours.items() if code.startswith("5"))
    seconds = _quantile(_together(_rise(base.buckets if base else {}, after.buckets), PREDICT), QUANTILE)
    return round(sum(ours.values())), round(failed), None if seconds is None else 1000 * seconds


def refused_between(before: Counters | None, after: Counters) -> tuple[Refused, ...]:
    """The requests for predictions that were refused between two looks, by code and column, the most first."""
    base = before if before is not None and not _began_anew(before, after) else None
    found: dict[tuple[str, str], float] = {}
    for (route, code, column), count in _rise(base.refusals if base else {}, after.refusals).items():
        if route in PREDICT and count > 0:
            found[code, column] = found.get((code, column), 0.0) + count
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Refused(code=code, column=column, requests=round(count)) for (code, column), count in ordered)


def _unescaped(match: "re.Match[str]") -> str:
    return "\n" if match[1] == "n" else match[1]


def _began_anew(before: Counters, after: Counters) -> bool:
    """Whether the server was started between two looks: it says so, or its counters fell."""
    fell = any(after.requests.get(name, 0.0) < count for name, count in before.requests.items())
    return before.start != after.start or fell


def _rise(before: Mapping[Name, float], after: Mapping[Name, float]) -> dict[Name, float]:
    return {name: count - before.get(name, 0.0) for name, count in after.items()}


def _together(buckets: Mapping[tuple[str, float], float], routes: Iterable[str]) -> list[tuple[float, float]]:
    """Bounds in order, each with the answers of all routes that took no longer."""
    found: dict[float, float] = {}
    for (route, bound), count in buckets.items():
        if route in routes:
            found[bound] = found.get(bound, 0.0) + count
    return sorted(found.items())


def _quantile(cumulative: list[tuple[float, float]], share: float) -> float | None:
    if not cumulative or not cumulative[-1][1]:
        return None
    rank = share * cumulative[-1][1]
    low, below = 0.0, 0.0
    for bound, count in cumulative:
        if count >= rank:
            return low if math.isinf(bound) else low + (bound - low) * (rank - below) / (count - below)
        low, below = bound, count
    raise AssertionError("the last bucket holds all")
