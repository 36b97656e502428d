"""What a played history does not show."""

from collections.abc import Iterator

from millwright.evaluate.report.figures import many
from millwright.evaluate.report.html import Markup, section, tag
from millwright.evaluate.report.story_quality import months_of
from millwright.evaluate.report.story_words import ALWAYS, days, period, way
from millwright.records.replaying import Story

_FEW_ROWS = 1000


def limits_section(story: Story) -> Markup:
    """What must not be concluded from this page."""
    return section("What this does not show", "", tag("ul", *(tag("li", limit) for limit in limits(story))))


def limits(story: Story) -> Iterator[str]:
    """The limits of the evidence, from the evidence itself."""
    when = period(story).removeprefix("From ").removeprefix("On ")
    yield f"This is one history, {when}, played once. The intervals say how much rows and days vary, not how years do."
    yield from _about_labels(story)
    yield (
        "All ways are judged on the requests as they were logged. What another answer would have led people to do, and so "
        "what would have come true, is not in them."
    )
    if way(story, ALWAYS) is not None:
        yield "Retraining at every window asks no gate: it shows what the gates cost or save, not what anyone should run."
    yield from _about_faults(story)
    yield "Retrains are counted, not priced: neither computing time nor people's attention is in the comparison."
    yield "The clock was moved by hand: how the loop bears load, outages or slow disks over months is not shown here."
    if story.failed:
        yield f"{many(story.failed, 'request')} had no answer and no part in the figures of quality."


def _about_labels(story: Story) -> Iterator[str]:
    missing = story.predictions - story.labels
    delay = f"Labels became known {story.label_delay} after their prediction" if story.label_delay else "Labels came at once"
    without = f"; {missing:,} of {many(story.predictions, 'prediction')} had none at the end and are in no figure"
    yield f"{delay}{without if missing > 0 else ''}. Labels that come later, or more unevenly, would make it act later."
    few = [month for month in months_of(story) if 0 < _most(story, month) < _FEW_ROWS]
    if few:
        yield f"Fewer than {_FEW_ROWS:,} labelled rows stand behind {', '.join(few[:6])}: those figures move much by luck."


def _most(story: Story, month: str) -> int:
    return max(one.n for each in story.ways for one in each.months if one.month == month)


def _about_faults(story: Story) -> Iterator[str]:
    if not story.injected:
        yield "Nothing was broken on purpose: how it would meet broken data is shown only as far as it happened."
    for start, until, words in story.injected:
        when = days(start, until, story.zone)
        yield f"The fault of {when} ({words}) is artificial: we chose its kind, size and time. Real ones may creep in."
