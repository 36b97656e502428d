"""What a run tried as a page of its own, whether it has ended or not."""

from collections.abc import Iterator

from millwright.evaluate.report.figures import many, number, percent, size_of
from millwright.evaluate.report.html import Markup, join, section, tag
from millwright.evaluate.report.plots import bar_plot
from millwright.evaluate.report.searched import by_fold, leaderboard_table, pictures
from millwright.evaluate.report.shell import document
from millwright.evaluate.report.style import STYLE
from millwright.evaluate.report.words import title_of
from millwright.records.searched import Leaderboard, RunStory

_MOST = 15


def render_run(story: RunStory) -> str:
    """The page as text. It loads nothing and runs nothing; the same story gives the same bytes."""
    return document(f"{story.run.project}: a run", STYLE, _opening(story), _tried(story), _looked_at(story))


def _opening(story: RunStory) -> Markup:
    run = story.run
    head = tag("header", tag("p", f"{run.project}, run {run.id}", class_="project"), tag("h1", headline_of(story)))
    return join(head, tag("ul", *(tag("li", fact) for fact in facts_of(story))))


def headline_of(story: RunStory) -> str:
    """What came of it, in a sentence."""
    return f"{story.version}: {story.summary}" if story.version else f"The run is {story.run.state}"


def facts_of(story: RunStory) -> Iterator[str]:
    """When, by whom, from what, how quick."""
    run = story.run
    until = f" to {run.finished_at:%Y-%m-%d %H:%M}" if run.finished_at else ""
    yield f"{run.started_at:%Y-%m-%d %H:%M}{until} UTC, by {run.actor}."
    if story.imported is not None:
        yield f"An imported model, {story.imported.file}: nothing was searched for."
    if run.reason and not story.summary:
        yield f"Why: {run.reason}"
    if story.timings is not None and story.size is not None:
        yield f"A row takes {number(story.timings.row_p50_ms)} ms (p50) from its values to its answer; {size_of(story.size)}."
    if story.note:
        yield story.note


def _tried(story: RunStory) -> Markup:
    board = story.search
    if board is None:
        return Markup("")
    charts = pictures(board, story.out_of_fold)
    return section("What was tried", search_in_words(board), leaderboard_table(board), by_fold(board), charts)


def search_in_words(board: Leaderboard) -> str:
    """How much was tried, and by what it was judged."""
    better = "higher" if board.goal == "max" else "lower"
    tried, folds = many(len(board.begun), "configuration"), many(board.folds, "validation fold")
    return f"{tried} on {folds}, {board.seconds:.1f} s of fitting. {title_of(board.metric)}: {better} is better."


def _looked_at(story: RunStory) -> Markup:
    ranked = sorted((item for item in story.importance if item[1] > 0), key=lambda item: (-item[1], item[0]))[:_MOST]
    if not ranked:
        return Markup("")
    said = "; ".join(f"{name} {percent(share)}" for name, share in ranked)
    return section("What it looks at", "", tag("div", bar_plot(ranked, said), class_="panel"))
