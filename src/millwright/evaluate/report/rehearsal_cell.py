"""A rehearsal in a notebook: what the policy did, beside other ways, and how faults were met."""

from millwright.evaluate.report.cell import cell, folded
from millwright.evaluate.report.figures import many
from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.plots import Line, interval_plot
from millwright.evaluate.report.rehearsed import faults_table, ways_table
from millwright.evaluate.report.story_time import one_time_line, time_table
from millwright.evaluate.report.story_words import days, gaps_by, headline, main_metric, summary, way, what_a_gap_says
from millwright.records.rehearsing import Rehearsal


def rehearsal_cell(rehearsal: Rehearsal) -> str:
    """The rehearsal as HTML for a notebook."""
    story = rehearsal.story
    where = f"{story.project}, a rehearsal of {days(story.start, story.end, story.zone)}"
    parts = (
        tag("p", summary(story)),
        tag("p", f"{many(story.predictions, 'prediction')}, {many(story.labels, 'label')}.", class_="note"),
        _gaps(rehearsal),
        tag("div", tag("h3", "Every way to go about it"), ways_table(rehearsal), class_="whole"),
        tag("h3", "What happened when"),
        one_time_line(story),
        _faults(rehearsal),
        time_table(story),
    )
    return cell("Rehearsal", headline(story), *parts, project=where, more=f"All of it: {rehearsal.report}")


def _gaps(rehearsal: Rehearsal) -> Markup:
    """The policy against each other way, by the metric that the headline speaks of."""
    story = rehearsal.story
    gaps = gaps_by(story, main_metric(story))
    if not gaps:
        return Markup("")
    lines = [
        Line(f"against {found.title if (found := way(story, gap.against)) else gap.against}", gap.difference) for gap in gaps
    ]
    said = " ".join(what_a_gap_says(story, gap) for gap in gaps)
    note = f"{story.titles[main_metric(story)]}: right of the dashed line this policy was better."
    return tag("div", interval_plot(lines, said, reference=0.0), tag("p", note, class_="note"), class_="panel")


def _faults(rehearsal: Rehearsal) -> Markup:
    if not rehearsal.faults:
        return Markup("")
    return folded("Faults put in on purpose", tag("div", faults_table(rehearsal), class_="whole"))
