"""What the loop can watch of a project and what it cannot, as far as the spec alone says. Light to import."""

from collections.abc import Iterator

from millwright.records.spec import Spec, WatchSpec


def watched(spec: Spec) -> str:
    """What is looked at, how often, and what may be done, in one line."""
    return f"looks at {windows(spec.watch)}; policy.mode is {spec.policy.mode}"


def windows(watch: WatchSpec) -> str:
    """What a window is, in words."""
    if watch.rows is not None:
        every = f" every {watch.every_rows:,}" if watch.every_rows else ""
        return f"windows of {watch.rows:,} rows{every}, or of {watch.window} where fewer come"
    return (
        f"all since the release every {watch.every}" if watch.cumulative else f"windows of {watch.window} every {watch.every}"
    )


def limits(spec: Spec) -> Iterator[str]:
    """What cannot be watched with this spec, each with the reason."""
    if spec.data.time is None:
        yield "the variation between periods: there is no time column, so change is held against all training rows at once"
    if spec.costs is None and spec.data.task == "binary":
        yield "the cost of mistakes: the spec states no costs"
    if spec.watch.latency_ms is None:
        yield "the answer times: watch.latency_ms is empty"
    hidden = sorted({*spec.log.redact, *spec.data.pii})
    if hidden:
        yield f"the numbers and texts of {', '.join(hidden[:4])}: they are hidden in the log"


def needs(spec: Spec) -> str:
    """What quality needs, and from when on it is judged."""
    after = spec.watch.label_maturity or spec.data.label_delay
    complete = "as soon as they are told" if after == "0s" else f"once they are {after} old"
    return f"quality: needs labels, told to /v1/labels; answers are judged {complete}"
