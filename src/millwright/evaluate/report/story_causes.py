"""What was behind the findings: one line for each cause, as the last look that found it said."""

from millwright.evaluate.report.figures import many
from millwright.evaluate.report.html import Markup, section, table, tag
from millwright.evaluate.report.story_decisions import KIND
from millwright.evaluate.report.story_words import days, sentence
from millwright.records.replaying import Story

_MOST_CAUSES = 60


def causes_section(story: Story) -> Markup:
    """Each cause: when it was seen, in how many looks, of what kind, and its sentence."""
    if not story.causes:
        return Markup("")
    shown = story.causes[:_MOST_CAUSES]
    rows: list[tuple[str, ...]] = [
        (
            days(cause.onset.start, cause.event_at, story.zone),
            KIND[cause.kind],
            str(cause.looks),
            sentence(cause.sentence, named=True),
        )
        for cause in shown
    ]
    hidden = len(story.causes) - len(shown)
    more = tag("p", f"And {hidden:,} more.", class_="note") if hidden else ""
    lead = (
        f"{many(len(story.causes), 'cause')} behind {many(len(story.findings), 'finding')}: what began together is told once."
    )
    return section(
        "What was behind it", lead, table(("from its beginning to its last look", "kind", "looks", "what"), rows), more
    )
