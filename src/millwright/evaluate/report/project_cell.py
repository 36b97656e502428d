"""A project in a notebook: what is live and how it does, what happened so far, what to do next."""

from collections.abc import Iterator, Sequence

from millwright.evaluate.report.cell import cell
from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.story_time import one_time_line, time_table
from millwright.evaluate.report.story_words import sentence
from millwright.evaluate.report.svg import shortened
from millwright.records.replaying import Story

_MOST_LINES, _MOST_LETTERS = 40, 400


def project_cell(project: str, where: str, lines: Sequence[str], story: Story | None) -> str:
    """The project as HTML for a notebook. lines: its state in words; story: what happened so far, None where nothing did."""
    first, *rest = [line.strip() for line in lines[:_MOST_LINES]] or ["nothing is known of it yet"]
    shown = tag("ul", *(tag("li", *_words(shortened(line, _MOST_LETTERS))) for line in rest)) if rest else Markup("")
    picture = one_time_line(story) if story else Markup("")
    happened = (tag("h3", "What happened so far"), picture, time_table(story)) if story and picture else ()
    more = "`project.decisions()` and `project.findings()` list all of it; so does the console."
    return cell(
        "Project", sentence(first.removeprefix(f"{project}: ")), shown, *happened, project=f"{project}, {where}", more=more
    )


def _words(line: str) -> Iterator[str]:
    """The line, with what stands between backticks as code."""
    for place, part in enumerate(line.split("`")):
        yield tag("code", part) if place % 2 else part
