"""What notebooks show: nothing but itself, small, nothing of the data as markup, and no rule that leaves the cell."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from believable_reports import NOW, binary_report, interval, regression_report
from believable_stories import story
from test_page import NASTY, read
from test_searched_section import searched_report

from millwright.evaluate.report.cell import MOST_BYTES, cell
from millwright.evaluate.report.cells import CELLS
from millwright.evaluate.report.evaluation_cell import evaluation_cell, outcome_cell
from millwright.evaluate.report.figures import number
from millwright.evaluate.report.finding_cell import finding_cell
from millwright.evaluate.report.html import tag
from millwright.evaluate.report.project_cell import project_cell
from millwright.evaluate.report.rehearsal_cell import rehearsal_cell
from millwright.evaluate.report.run_cell import run_cell
from millwright.evaluate.report.scoped import CELL
from millwright.metrics.registry import metric
from millwright.records.deciding import Change, Finding, Loss, Onset
from millwright.records.judging import SliceValue
from millwright.records.rehearsing import FaultMet, Rehearsal
from millwright.records.running import Run
from millwright.records.searched import RunStory
from millwright.search.leaderboard import leaderboard

DAY = timedelta(days=1)


def finding(columns=("wx_temp", "wx_wind"), **changes):
    onset = Onset(start=NOW - 9 * DAY, earliest=NOW - 10 * DAY, latest=NOW - 8 * DAY)
    base = Finding(
        id="f00dfeed" * 4,
        project="flights",
        kind="data_fault",
        columns=tuple(columns),
        effect=1.0,
        sentence=f"{columns[0]} is missing in 100% of the rows",
        since=NOW - 14 * DAY,
        event_at=NOW,
        known_at=NOW,
        check="missing",
        version=3,
        start=NOW - 14 * DAY,
        rows=1606,
        weight=0.31,
        changes=tuple(
            Change(
                column=name,
                check="missing",
                was=0.01,
                now=1.0,
                unit="of rows",
                effect=1.0,
                evidence=41.2,
                limit=4.0,
                onset=onset,
            )
            for name in columns
        ),
        loss=Loss(share=0.2, metric="log_loss"),
    )
    return replace(base, **changes)


def run_story(report=None, name="flights"):
    report = report or searched_report()
    run = Run(
        id="0193f2c8", project=name, state="finished", spec="", as_of=NOW, started_at=NOW, actor="ada",
        finished_at=NOW + DAY, reason="", version=1,
    )  # fmt: skip
    board = leaderboard(report.trials, metric("log_loss"), report.split.folds, candidate=report.candidate)
    return RunStory(
        run=run,
        made_by="search",
        stages=("search",),
        search=board,
        importance=report.evaluation.importance,
        out_of_fold=report.out_of_fold,
        timings=report.timings,
        size=report.evaluation.size_bytes,
        version="v1",
        verdict="passed",
        summary=report.verdict.summary,
    )


def rehearsal(of=None):
    of = of or story()
    fault = FaultMet(
        text="unit:wx_temp:x1000@2013-08", start=of.start, end=of.start + DAY, found_at=of.start + 2 * DAY,
        sentence="wx_temp is in another unit", held=True, retrains=0,
    )  # fmt: skip
    return Rehearsal(
        story=of, history=10_000, faults=(fault,), share=None, seconds={"play": 9.0}, kept=0, remarks=(), changed=(),
        folder="rehearsal", report="rehearsal/report.html",
    )  # fmt: skip


def lines():
    return ["flights: v1 is live since 2013-04-01", "  promised: log loss 0.50", "server: not running"]


EVERY = {
    "evaluation": lambda: evaluation_cell(binary_report().evaluation),
    "regression": lambda: evaluation_cell(regression_report().evaluation),
    "outcome": lambda: outcome_cell("v1", "flights", binary_report().evaluation, binary_report().verdict),
    "run": lambda: run_cell(run_story()),
    "finding": lambda: finding_cell(finding()),
    "rehearsal": lambda: rehearsal_cell(rehearsal()),
    "project": lambda: project_cell("flights", "flights/millwright.yaml", lines(), story()),
}


@pytest.fixture(params=EVERY, ids=list(EVERY))
def shown(request):
    return EVERY[request.param]()


def test_a_cell_needs_nothing_but_itself_and_is_small(shown):
    reader = read(shown)
    assert not {"script", "link", "img", "iframe", "object", "base", "html", "body"} & set(reader.tags)
    assert not [name for name, _value in reader.attributes if name in {"href", "src", "id"} or name.startswith("on")]
    assert not re.search(r"https?:|url\(|@import", shown)
    assert len(shown.encode()) <= MOST_BYTES


def test_a_cell_says_what_it_is_and_each_picture_what_it_shows(shown):
    reader = read(shown)
    assert ("role", "region") in reader.attributes
    assert reader.tags.count("svg") == sum(name == "viewbox" for name, _value in reader.attributes)
    pictures = re.findall(r"<svg [^>]*>", shown)
    assert pictures
    assert all(re.search(r'aria-label="[^"]{5,}"|aria-hidden="true"', one) for one in pictures)


def test_no_rule_of_a_cell_reaches_what_is_around_it(shown):
    """Every selector names the cell last but for what is inside it."""
    style = re.search(r"<style>(.*?)</style>", shown, re.DOTALL).group(1)
    for selectors in re.findall(r"([^{}]+)\{[^{}]*\}", re.sub(r"@media [^{]+\{", "", style)):
        assert all(f".{CELL}" in one for one in selectors.strip().lstrip("}").split(",") if one.strip()), selectors


def test_light_and_dark_are_one_cell(shown):
    assert "prefers-color-scheme:dark" in shown
    assert "[data-jp-theme-light=false] .mw-cell" in shown
    assert re.findall(r'(?:fill|stroke|style)="[^"]*"', shown) == []


def test_every_metric_is_there_with_its_interval():
    report = binary_report()
    text = " ".join(read(evaluation_cell(report.evaluation)).text)
    for one in report.evaluation.metrics:
        assert number(one.interval.value) in text
        assert f"{number(one.interval.low)} to {number(one.interval.high)}" in text


def test_a_finding_says_when_it_began_and_what_its_columns_weigh():
    text = " ".join(read(finding_cell(finding())).text)
    for said in ("wx_temp is missing in 100% of the rows.", "31 %", "1,606 rows", "41.20", "since then"):
        assert said in text


def nasty_cells():
    base = binary_report()
    evaluation = replace(
        base.evaluation,
        importance=((NASTY, 1.0),),
        slices=(SliceValue(column=NASTY, group=NASTY, metric="log_loss", interval=interval(0.4, 0.1)),),
    )
    verdict = replace(
        base.verdict, summary=NASTY, gates=tuple(replace(g, gate=NASTY, evidence=NASTY) for g in base.verdict.gates)
    )
    told = story(project=NASTY, injected=((story().start, story().end, NASTY),))
    told = replace(told, decisions=tuple(replace(one, reason=NASTY) for one in told.decisions))
    tried = replace(searched_report(), evaluation=evaluation)
    tried = replace(
        tried, trials=tuple(replace(t, reason=NASTY, config=replace(t.config, name=f"{NASTY}{t.number}")) for t in tried.trials)
    )
    yield evaluation_cell(evaluation)
    yield outcome_cell(NASTY, NASTY, evaluation, verdict)
    yield run_cell(replace(run_story(name=NASTY), note=NASTY, summary=NASTY))
    yield run_cell(run_story(replace(tried, candidate=base.candidate)))
    yield finding_cell(finding((NASTY,), project=NASTY, slice=NASTY))
    yield rehearsal_cell(rehearsal(told))
    yield project_cell(NASTY, NASTY, [NASTY, NASTY], told)


@pytest.mark.parametrize(
    "shown", list(nasty_cells()), ids=["evaluation", "outcome", "run", "trials", "finding", "rehearsal", "project"]
)
def test_what_the_data_says_is_never_markup(shown):
    assert "<script" not in shown
    assert "script" not in read(shown).tags
    assert "&lt;script&gt;alert(&quot;x&quot;)" in shown


def test_a_cell_of_a_great_deal_stays_small():
    base = binary_report().evaluation
    wide = replace(base, importance=tuple((f"feature {i}" * 9, 1 / 2000) for i in range(2000)))
    assert len(evaluation_cell(wide).encode()) <= MOST_BYTES
    told = story()
    long = replace(
        told, decisions=tuple(replace(one, number=i, reason="why " * 400) for i, one in enumerate(told.decisions * 60))
    )
    for shown in (rehearsal_cell(rehearsal(long)), project_cell("flights", "here", ["x" * 900] * 400, long)):
        assert len(shown.encode()) <= MOST_BYTES
    assert len(run_cell(run_story(searched_report(more=900))).encode()) <= MOST_BYTES
    assert len(finding_cell(finding([f"column {i}" * 20 for i in range(3000)])).encode()) <= MOST_BYTES


def test_what_does_not_fit_is_left_away_and_said():
    shown = cell("A thing", "of parts", tag("p", "first"), tag("p", "x" * MOST_BYTES), more="It is elsewhere.")
    assert "first" in shown
    assert "xxx" not in shown
    assert "There is more than a notebook's cell holds. It is elsewhere." in " ".join(read(shown).text).replace("&#x27;", "'")


def test_records_are_drawn_once_somebody_has_a_project():
    import millwright.project  # noqa: F401  what has a project says how records are drawn

    assert binary_report().evaluation._repr_html_() == evaluation_cell(binary_report().evaluation)
    assert finding()._repr_html_() == finding_cell(finding())
    assert set(CELLS) == {"Evaluation", "RunStory", "Finding", "Rehearsal"}
    assert run_story()._repr_html_().startswith("<style>")
    assert rehearsal()._repr_html_().startswith("<style>")


def test_cells_on_one_page_have_the_same_style():
    """Else the rules of a later cell would go before those that an earlier one has and it lacks."""
    styles = {re.search(r"<style>(.*?)</style>", make(), re.DOTALL).group(1) for make in EVERY.values()}
    assert len(styles) == 1
