"""The story of a history that was played: which version was live when, what was decided, and how it compares."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from millwright.loop.ways import Outcomes, gaps_of, named, ways_of
from millwright.loop.workshop import Workshop
from millwright.metrics.metric import Metric
from millwright.policy.terms import span
from millwright.records.release import Release
from millwright.records.replaying import Life, Story, Trial
from millwright.registry import decisions, findings, releases, scores, watched
from millwright.spec.durations import parse_duration

LONGEST = 100_000
"""Rows of the catalogue that a story reads at most of each kind."""

Injected = tuple[datetime, datetime, str]


def tell(
    shop: Workshop,
    outcomes: Outcomes,
    metrics: Sequence[str | Metric],
    *,
    start: datetime,
    end: datetime,
    predictions: int,
    labels: int,
    failed: int,
    seconds: float,
    injected: Sequence[Injected] = (),
) -> Story:
    """Everything that happened in [start, end), read from the catalogue, beside what simpler ways would have answered."""
    spec = shop.spec
    with shop.catalogue.read() as view:
        released = tuple(reversed(releases.page(view, shop.project, limit=LONGEST)))
        decided = tuple(reversed(decisions.page(view, shop.project, limit=LONGEST)))
        looked = watched.page(view, shop.project, limit=LONGEST)
        found = tuple(reversed(findings.page(view, shop.project, limit=LONGEST)))
        proved = tuple(scores.of_all(view, [one.number for one in decided]).values())
    level, resamples, seed = spec.evaluate.confidence, spec.evaluate.resamples, spec.split.seed
    return Story(
        project=shop.project,
        start=start,
        end=end,
        zone=spec.data.zone,
        predictions=predictions,
        labels=labels,
        failed=failed,
        seconds=seconds,
        label_delay=span(parse_duration(spec.watch.label_maturity or spec.data.label_delay)),
        window=span(parse_duration(spec.watch.window)) if spec.watch.rows is None else f"{spec.watch.rows:,} rows",
        injected=tuple(injected),
        lives=tuple(lives_of(released)),
        trials=tuple(trials_of(released)),
        ways=ways_of(outcomes, metrics, spec.data.zone, level, resamples, seed),
        gaps=gaps_of(outcomes, metrics, spec.data.zone, level, resamples, seed),
        goals={one.name: one.goal for one in map(named, metrics)},
        titles={one.name: one.title for one in map(named, metrics)},
        decisions=decided,
        findings=found,
        causes=tuple({cause.id: cause for look in reversed(looked) for cause in look.causes}.values()),
        scores=proved,
    )


def lives_of(released: Sequence[Release]) -> Iterator[Life]:
    """When each version was live, from releases in order: trials change nothing of it."""
    changes = [r for r in released if r.action in ("promote", "rollback")]
    for now, after in zip(changes, [*changes[1:], None], strict=True):
        until = after.event_at if after else None
        yield Life(version=now.version, start=now.event_at, until=until, actor=now.actor, reason=now.reason)


def trials_of(released: Sequence[Release]) -> Iterator[Trial]:
    """When each version was tried, and in which stage."""
    for now, after in zip(released, [*released[1:], None], strict=True):
        if now.challenger is not None and now.stage is not None:
            yield Trial(version=now.challenger, stage=now.stage, start=now.event_at, until=after.event_at if after else None)
