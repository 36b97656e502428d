"""A project in a notebook: what is live and how it does, what happened so far, what to do next."""

from collections.abc import Sequence

from millwright.evaluate.report.cell import cell
from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.story_time import one_time_line, time_table
from millwright.records.replaying import Story

_MOST_LINES = 40


def project_cell(project: str, where: str, lines: Sequence[str], story: Story | None) -> str:
    """The project as HTML for a notebook. lines: its state in words; story: what happened so far, None where nothing did."""
    first, *rest = [line.strip() for line in lines[:_MOST_LINES]] or ["nothing is known of it yet"]
    shown = tag("ul", *(tag("li", line) for line in rest)) if rest else Markup("")
    pictures = (tag("h3", "What happened so far"), one_time_line(story), time_table(story)) if story else ()
    headline = first.removeprefix(f"{project}: ")
    more = "`project.decisions()` and `project.findings()` list all of it; so does the console."
    return cell("Project", f"{headline[:1].upper()}{headline[1:]}.", shown, *pictures, project=f"{project}, {where}", more=more)
