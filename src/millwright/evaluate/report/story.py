"""The story of a played history: one HTML file for engineers and for people who read no code."""

from millwright.evaluate.report.figures import many, percent
from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.shell import document
from millwright.evaluate.report.story_causes import causes_section
from millwright.evaluate.report.story_decisions import decisions_section, findings_section
from millwright.evaluate.report.story_limits import limits_section
from millwright.evaluate.report.story_quality import against_the_others, by_month
from millwright.evaluate.report.story_time import time_line
from millwright.evaluate.report.story_words import (
    ALWAYS,
    days,
    headline,
    new_versions,
    retrains,
    seconds,
    summary,
    way,
)
from millwright.evaluate.report.style import STORY_STYLE
from millwright.records.replaying import Story


def render_story(story: Story) -> str:
    """The page as text. It loads nothing and runs nothing; the same story gives the same bytes.

    Days and hours are those of the story's zone. It follows the reader's light or dark setting; `data-theme` on the html
    element ("light", "dark") overrides it.
    """
    parts = (
        opening,
        time_line,
        by_month,
        against_the_others,
        causes_section,
        decisions_section,
        findings_section,
        limits_section,
    )
    return document(f"{story.project}: the loop", STORY_STYLE, *(part(story) for part in parts), kind="story")


def opening(story: Story) -> Markup:
    """The sentence to take away, the same with figures, and the counts."""
    return tag(
        "header",
        tag("p", f"{story.project} · {days(story.start, story.end, story.zone)} · {story.zone}", class_="project"),
        tag("h1", headline(story)),
        tag("p", summary(story), class_="summary"),
        tag("div", *_tiles(story), class_="tiles"),
    )


def _tiles(story: Story) -> list[Markup]:
    return [
        _tile("Predictions", f"{story.predictions:,}", f"one look every {story.window}"),
        _tile("Labels", f"{story.labels:,}", _labelled(story)),
        _tile("Failed requests", f"{story.failed:,}", _failed(story)),
        _tile("Versions live", f"{len({life.version for life in story.lives}):,}", _versions(story)),
        _tile("Retrains", f"{retrains(story):,}", _instead(story)),
        _tile("Time to play it", seconds(story.seconds), f"for {many((story.end - story.start).days, 'day')}"),
    ]


def _tile(what: str, figure: str, proof: str) -> Markup:
    return tag(
        "div",
        tag("div", what, class_="what"),
        tag("div", figure, class_="figure"),
        tag("div", proof, class_="proof"),
        class_="tile",
    )


def _labelled(story: Story) -> str:
    if not story.predictions:
        return "nothing was predicted"
    delay = f", known after {story.label_delay}" if story.label_delay else ""
    return f"for {percent(min(story.labels / story.predictions, 1.0))} of predictions{delay}"


def _failed(story: Story) -> str:
    return "every one was answered" if story.failed == 0 else "without an answer"


def _versions(story: Story) -> str:
    new = new_versions(story)
    return f"{', '.join(f'v{version}' for version in new[:4])}{'…' if len(new) > 4 else ''} new" if new else "none new"


def _instead(story: Story) -> str:
    always = way(story, ALWAYS)
    return f"{always.retrains:,} if at every window" if always else "by this policy"
