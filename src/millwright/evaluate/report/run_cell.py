"""A run in a notebook: what came of it, what was tried, how the best came about."""

from dataclasses import replace

from millwright.evaluate.report.cell import cell, folded
from millwright.evaluate.report.figures import percent
from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.plots import bar_plot
from millwright.evaluate.report.run_page import facts_of, headline_of, search_in_words
from millwright.evaluate.report.searched import by_fold, leaderboard_table, pictures
from millwright.records.searched import Leaderboard, RunStory

_MOST_TRIALS, _MOST_FEATURES = 12, 10


def run_cell(story: RunStory) -> str:
    """The run as HTML for a notebook."""
    parts = (_facts(story), _chart(story), _trials(story.search), _looked_at(story))
    more = "`project.write_run` writes all of it as a page."
    return cell("Run", headline_of(story), *parts, project=f"{story.run.project}, run {story.run.id}", more=more)


def _facts(story: RunStory) -> Markup:
    found = [*facts_of(story), *([search_in_words(story.search)] if story.search else [])]
    return tag("ul", *(tag("li", fact) for fact in found))


def _chart(story: RunStory) -> Markup:
    return pictures(story.search, story.out_of_fold) if story.search else Markup("")


def _trials(board: Leaderboard | None) -> Markup:
    """The best of the leaderboard; the rest is counted."""
    if board is None:
        return Markup("")
    shown = board.begun[:_MOST_TRIALS]
    rest = len(board.begun) - len(shown)
    more = tag("p", f"And {rest:,} more.", class_="note") if rest else ""
    return folded("The leaderboard", leaderboard_table(replace(board, standings=shown)), by_fold(board), more)


def _looked_at(story: RunStory) -> Markup:
    ranked = sorted((item for item in story.importance if item[1] > 0), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return Markup("")
    shown = ranked[:_MOST_FEATURES]
    said = "; ".join(f"{name} {percent(share)}" for name, share in shown)
    return tag("div", tag("h3", "What it looks at"), bar_plot(shown, said), class_="panel")
