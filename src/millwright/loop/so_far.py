"""What happened in a project so far, as a story without other ways to compare it with."""

from millwright.loop.telling import lives_of, trials_of
from millwright.loop.workshop import Workshop
from millwright.records.replaying import Story
from millwright.registry import decisions, findings, releases

MOST = 200
"""Rows of each kind that are read, the newest."""


def story_so_far(shop: Workshop) -> Story | None:
    """From the first of the newest releases until now, or until the last that happened; None where nothing was released."""
    with shop.catalogue.read() as view:
        released = tuple(reversed(releases.page(view, shop.project, limit=MOST)))
        decided = tuple(reversed(decisions.page(view, shop.project, limit=MOST)))
        found = tuple(reversed(findings.page(view, shop.project, limit=MOST)))
    if not released:
        return None
    start = released[0].event_at
    happened = [*(one.event_at for one in released), *(one.event_at for one in decided), *(one.event_at for one in found)]
    return Story(
        project=shop.project,
        start=start,
        end=max(happened),
        zone=shop.spec.data.zone,
        predictions=0,
        labels=0,
        failed=0,
        seconds=0.0,
        label_delay="",
        window="",
        injected=(),
        lives=tuple(lives_of(released)),
        trials=tuple(trials_of(released)),
        ways=(),
        gaps=(),
        goals={},
        titles={},
        decisions=tuple(one for one in decided if one.event_at >= start),
        findings=tuple(one for one in found if one.event_at >= start),
    )
