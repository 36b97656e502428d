"""How it was found: the leaderboard, the curve and the front, with what was not measured left out."""

import re
from dataclasses import replace

from believable_reports import binary_report, regression_report
from test_page import NASTY, read

from millwright.evaluate.report.page import render_report
from millwright.records.judging import CurvePoint, OutOfFold
from millwright.records.modelling import FoldFit, Trial, TrialConfig

POINTS = tuple(CurvePoint(predicted=p / 10, observed=p / 10, low=p / 10, high=p / 10 + 0.02, n=100) for p in range(1, 9))


def measured(trial, row_us, size, at):
    fits = tuple(
        FoldFit(
            fold=fold,
            score=score,
            train_score=None,
            iterations=None,
            seconds=1.0,
            row_us=row_us,
            size=size,
            raw="",
            evaluator="linear",
            files={},
            at=at + fold,
        )
        for fold, score in enumerate(trial.fold_scores)
    )
    return replace(trial, fits=fits)


def searched_report(base=None, more=0):
    """With what the fits measured: linear is quick and small, small-trees the best, default beaten by it in all."""
    base = base or binary_report()
    first, linear, default, small, late = base.trials
    extra = tuple(
        Trial(number=10 + i, config=TrialConfig(name=f"extra {i}", family="linear"), state="dropped", score=0.5, seconds=1.0)
        for i in range(more)
    )
    never = Trial(number=90, config=TrialConfig(name="unborn", family="linear"), state="dropped", score=None)
    trials = (
        first,
        measured(linear, 4.0, 5_000, 2.0),
        measured(default, 20.0, 400_000, 6.0),
        measured(small, 12.0, 80_000, 11.0),
        late,
        *extra,
        never,
    )
    return replace(base, trials=trials, out_of_fold=OutOfFold(rows=800, calibration=POINTS))


def section_of(report):
    page = render_report(report)
    read(page)
    return re.search(r"<section><h2>How it was found.*?</section>", page, re.DOTALL).group()


def test_everybody_who_began_stands_there_with_cost_and_reason():
    text = " ".join(read(section_of(searched_report())).text)
    for part in ("lightgbm small-trees (chosen)", "80 kB", "12.0", "3/3", "killed: still at work after 11.2 s", "0.4493"):
        assert part in text
    assert "unborn" not in text
    assert "1 more configuration never came" in text
    assert text.index("small-trees (chosen)") < text.index("lightgbm default") < text.index("lightgbm large-trees")


def test_the_front_is_a_picture_and_a_table():
    section = section_of(searched_report())
    marks = re.findall(r"<title>([^<]*µs a row[^<]*)</title></circle>", section)
    assert len(marks) == 3
    filled = re.findall(r'<circle [^>]*class="mark"[^>]*><title>([^:<]*): [^<]*µs a row', section)
    assert sorted(filled) == ["lightgbm small-trees (chosen)", "linear"]
    table = section[section.index("<h3>The front") :]
    assert table.index("linear") < table.index("lightgbm small-trees")
    assert "lightgbm default" not in table


def test_the_curve_goes_down_to_the_best():
    section = section_of(searched_report())
    assert "after 4.0 s 0.4711 (linear); after 8.0 s 0.4502 (lightgbm default); after 13.0 s 0.4493" in section
    assert "the baseline&#x27;s is 0.5257" in section


def test_what_was_not_measured_is_not_drawn():
    section = section_of(binary_report())
    for title in ("The best so far", "What quality costs", "The front", "Out of fold"):
        assert title not in section
    assert "lightgbm small-trees (chosen)" in section


def test_residuals_of_a_regression_are_told():
    report = replace(
        searched_report(regression_report()),
        out_of_fold=OutOfFold(rows=800, calibration=POINTS, residuals=((0.05, -17.5), (0.95, 21.25))),
    )
    text = " ".join(read(section_of(report)).text)
    assert "How far off" in text
    assert "-17.50" in text
    assert "How far off" not in section_of(searched_report())


def test_many_are_folded_away():
    section = section_of(searched_report(more=30))
    assert section.index("extra 9") < section.index("<summary>20 more configurations") < section.index("extra 20")


def test_a_name_cannot_become_a_tag():
    report = searched_report()
    trials = [replace(t, config=replace(t.config, name=NASTY)) for t in report.trials]
    section = section_of(replace(report, trials=tuple(trials)))
    assert "<script" not in section
    assert section.count("&lt;script&gt;") > 5


def test_where_nothing_was_searched_for_that_is_said():
    base = binary_report()
    section = section_of(replace(base, trials=(), candidate=replace(base.candidate, note="the model of v3 calibrated anew")))
    assert "The model of v3 calibrated anew." in section
    assert "<table" not in section
