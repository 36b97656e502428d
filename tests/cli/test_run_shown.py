"""`mw runs show` as a person and as a program read it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from test_commands import answer

from millwright.cli.run_shown import COLUMNS, lines_of
from millwright.evaluate.report.run_page import render_run
from millwright.loop.at_work import run_lock
from millwright.project import Project
from millwright.records.searched import Leaderboard, RunStory, Standing
from millwright.registry import runs
from millwright.stores.process_lock import hold
from mw_command import mw


@pytest.fixture(scope="module")
def story(trained_adult: Path) -> RunStory:
    return Project(trained_adult).run()


def test_it_shows_the_newest_run_in_a_terminal(trained_adult: Path, story: RunStory) -> None:
    done = mw("-C", trained_adult, "runs", "show", cwd=trained_adult)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"Run {story.run.id}: finished")
    assert max(map(len, lines)) <= COLUMNS
    assert "Traceback" not in done.stderr
    for part in ("It made v1 (passed)", "Best so far", "The chosen one by fold", "Out of fold", "What it looks at:"):
        assert part in done.stdout


def test_json_is_the_whole_story(trained_adult: Path, story: RunStory) -> None:
    said = answer(mw("-C", trained_adult, "runs", "show", story.run.id[:13], "--json", cwd=trained_adult))
    assert said["schema"] == "millwright.run/1"
    assert story.search is not None
    assert len(said["search"]["standings"]) == len(story.search.standings)
    assert said["search"]["best_so_far"][0]["config"] == "baseline"
    assert {"run", "made_by", "split", "out_of_fold", "importance", "timings", "verdict"} <= set(said)


def test_the_page_of_a_run_needs_nothing_but_itself(trained_adult: Path, story: RunStory, tmp_path: Path) -> None:
    page = Project(trained_adult).write_run(tmp_path / "run.html", story.run.id[:13]).read_text()
    assert story.search is not None
    assert all(one.config in page for one in story.search.begun)
    assert story.run.id in page
    for part in ("What was tried", "Out of fold", "What it looks at", "default-src &#x27;none&#x27;"):
        assert part in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    bare = render_run(RunStory(run=replace(story.run, state="failed", reason="<b>full</b>"), made_by=None, stages=()))
    assert "The run is failed" in bare
    assert "&lt;b&gt;full" in bare
    assert "What was tried" not in bare


def test_an_unknown_run_is_one_line(trained_adult: Path, story: RunStory) -> None:
    done = mw("-C", trained_adult, "runs", "show", story.run.id[:-1] + "x", "--json", cwd=trained_adult)
    assert done.returncode == 5
    assert answer(done)["error"]["code"] == "run.missing"
    assert len(done.stderr.strip().splitlines()) == 1
    assert story.run.id in done.stderr, "the nearest"


def test_options_of_the_list_are_not_those_of_one_run(trained_adult: Path) -> None:
    done = mw("-C", trained_adult, "runs", "--json", "show", cwd=trained_adult)
    assert done.returncode == 2
    assert "write options after `show`" in done.stdout + done.stderr


def a_long_one(board: Leaderboard) -> Leaderboard:
    """Forty configurations with long names, half of which were dropped for one reason, and ten never begun."""
    template = replace(board.standings[0], state="finished", on_front=False, weight=None, family="lightgbm")
    standings = [
        replace(
            template,
            place=place,
            number=place,
            config=f"a family of models with long settings number {place}",
            state="dropped" if place > 8 else "finished",
            folds=0 if place > 30 else 1 if place > 8 else board.folds,
            seconds=0.0 if place > 30 else 1.5,
            reason="5 of 9 did better on the first fold" if place > 8 else "",
        )
        for place in range(1, 41)
    ]
    return replace(board, standings=tuple(standings))


def test_many_are_shortened_and_reasons_said_once(story: RunStory) -> None:
    assert story.search is not None
    long = replace(story, search=a_long_one(story.search))
    lines = list(lines_of(long, 15))
    text = "\n".join(lines)
    assert max(map(len, text.splitlines())) <= COLUMNS
    assert "and 15 more: --all" in text
    assert "10 configurations more, not begun." in text
    assert text.count("5 of 9 did better") == 1
    everything = "\n".join(lines_of(long, None))
    assert "--all" not in everything
    assert sum(line.lstrip().startswith("30  ") for line in everything.splitlines()) == 1


@pytest.mark.parametrize(
    ("made_by", "said"), [("import", "nothing was searched for"), ("recalibration", "fitted anew"), ("retrain", "A retrain")]
)
def test_where_a_candidate_came_from_is_said(story: RunStory, made_by: str, said: str) -> None:
    told = replace(story, made_by=made_by, search=None, out_of_fold=None, importance=())  # type: ignore[arg-type]
    assert any(said in line for line in lines_of(told, 15))


def test_a_run_that_nothing_works_on_is_no_longer_under_way(story: RunStory) -> None:
    begun = replace(story, run=replace(story.run, state="running", finished_at=None), search=None, stages=("contract",))
    assert any(line == "Under way; contract is done." for line in lines_of(begun, 15, at_work=True))
    stopped = list(lines_of(begun, 15, at_work=False))
    assert stopped[0].startswith(f"Run {story.run.id}: interrupted")
    assert any(line.startswith("It was stopped, and `mw train`") and line.endswith("contract is done.") for line in stopped)


def test_the_list_tells_a_run_that_was_killed_from_one_that_goes_on(trained_adult: Path, tmp_path: Path) -> None:
    folder = tmp_path / "adult"
    shutil.copytree(trained_adult, folder)
    shop = Project(folder).workshop
    with shop.catalogue.write() as tx:
        runs.start(tx, replace(Project(folder).runs()[0], id="killed", state="running", finished_at=None, version=None))
    assert "interrupted" in mw("-C", folder, "runs").stdout
    with hold(run_lock(shop)):
        listed = mw("-C", folder, "runs").stdout
        assert "interrupted" not in listed
        assert "running" in listed
        assert json.loads(mw("-C", folder, "runs", "--json").stdout)["at_work"] == "killed"


def test_a_failed_run_says_why_and_no_more(story: RunStory) -> None:
    run = replace(story.run, state="failed", reason="the target is constant", version=None)
    bare = RunStory(run=run, made_by=None, stages=("snapshot",))
    lines = list(lines_of(bare, 15))
    assert "Why: the target is constant" in lines
    assert len(lines) == 3


def test_a_standing_without_figures_has_dashes(story: RunStory) -> None:
    none = Standing(
        place=1,
        number=4,
        config="linear",
        family="linear",
        state="failed",
        score=None,
        spread=None,
        fold_scores=(),
        train_score=None,
        folds=0,
        seconds=2.0,
        reason="its process died",
    )
    board = Leaderboard(metric="log_loss", goal="min", folds=3, full=3, seconds=2.0, standings=(none,), best_so_far=())
    text = "\n".join(lines_of(replace(story, search=board, out_of_fold=None), 15))
    assert "1  linear         –" in text
    assert "linear: its process died" in text
