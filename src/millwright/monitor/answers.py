"""The serving itself: answers that failed by the server's fault, that took too long, or that do not come out again."""

from millwright.monitor.found import Scene, of_the_model
from millwright.monitor.words import number, percent
from millwright.records.deciding import Change, Finding
from millwright.records.spec import WatchSpec
from millwright.records.watching import Parity, Serving

_FEWEST_REQUESTS = 20
_FEWEST_TIMED = 100


def errors(serving: Serving, watch: WatchSpec, scene: Scene, level: float) -> Finding | None:
    """More failed than watch.error_rate allows, by a one-sided binomial test."""
    from scipy.special import bdtrc

    n, failed = serving.requests, serving.failed
    if n < _FEWEST_REQUESTS or failed <= watch.error_rate * n or float(bdtrc(failed - 1, n, watch.error_rate)) > level:
        return None
    now, allowed = 100 * failed / n, 100 * watch.error_rate
    change = Change(column="", check="errors", was=allowed, now=now, unit="% failed", effect=now - allowed)
    figures = f"{percent(failed / n)}, {percent(watch.error_rate)} is allowed"
    said = f"{failed:,} of {n:,} requests failed by the server's fault: {figures}"
    return of_the_model("serving", change, said, scene)


def latency(serving: Serving, watch: WatchSpec, scene: Scene) -> Finding | None:
    """The 99th percentile of the answer times above watch.latency_ms."""
    limit, now = watch.latency_ms, serving.p99_ms
    if limit is None or now is None or serving.requests < _FEWEST_TIMED or now <= limit:
        return None
    change = Change(column="", check="latency", was=limit, now=now, unit="ms", effect=now / limit - 1)
    said = f"one answer in a hundred took more than {number(now)} ms, {number(limit)} is allowed"
    return of_the_model("serving", change, said, scene)


def parity(answered_again: Parity, scene: Scene) -> Finding | None:
    """Logged answers that the same package does not give again: not one may differ."""
    unequal, rows = answered_again.unequal, answered_again.rows
    if not unequal:
        return None
    apart = max(max(version.vector, version.output) for version in answered_again.versions)
    change = Change(column="", check="parity", was=0.0, now=float(unequal), unit="rows answered otherwise", effect=apart)
    said = f"{unequal:,} of {rows:,} logged answers do not come out again, by up to {apart:.3g}: see `mw parity`"
    return of_the_model("serving", change, said, scene)
