"""The report says everything, loads nothing, and cannot be made to run what the data holds."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from believable_reports import binary_report, interval, regression_report

from millwright.evaluate.report.card import render_card
from millwright.evaluate.report.closing import limits
from millwright.evaluate.report.figures import number
from millwright.evaluate.report.opening import headline
from millwright.evaluate.report.page import render_report
from millwright.records.data import ContractColumn
from millwright.records.judging import GateResult, Interval, SliceValue, Verdict
from millwright.records.modelling import FoldFit

NASTY = '<script>alert("x")</script>&amp;'
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Follows the tags, so that an unbalanced page fails; keeps the text."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text, self.attributes = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_it_needs_nothing_but_itself(report):
    page = render_report(report)
    reader = read(page)
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(reader.tags)
    assert not [name for name, _value in reader.attributes if name in {"href", "src"} or name.startswith("on")]
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in page
    assert "@import" not in page
    assert len(page.encode()) < 500_000
    assert page == render_report(report)


def test_every_metric_is_shown_with_its_interval_and_n(report):
    text = " ".join(read(render_report(report)).text)
    for metric in report.evaluation.metrics:
        assert number(metric.interval.value) in text
        assert f"{metric.interval.n:,}" in text
        if metric.interval.low is not None:
            assert f"{number(metric.interval.low)} to {number(metric.interval.high)}" in text


def test_every_gate_is_shown_with_its_evidence(report):
    text = " ".join(read(render_report(report)).text)
    for gate in report.verdict.gates:
        assert gate.gate in text
        assert gate.evidence in text


def test_refused_columns_are_named_with_the_reason():
    text = " ".join(read(render_report(binary_report())).text)
    for name, reason in (
        ("dep_delay", "known only after the moment of prediction"),
        ("dep_delay", "AUC 0.95"),
        ("flight_id", "identifies a row"),
        ("year", "it is 2013 in every training row"),
        ("sched_arr_time", "no values"),
    ):
        assert name in text
        assert reason in text


def test_light_and_dark_are_one_page():
    page = render_report(binary_report())
    assert "prefers-color-scheme:dark" in page
    assert "[data-theme=dark]" in page
    inline = re.findall(r'(?:fill|stroke|style)="[^"]*"', page)
    assert inline == []
    light, dark = (set(re.findall(r"(--[a-z-]+):#", part)) for part in page.split("@media", 1))
    assert light == dark


def nasty_report():
    base, nasty = binary_report(), ContractColumn(name=NASTY, kind="text", role="ignored")
    return replace(
        base,
        spec=replace(base.spec, project=NASTY),
        contract=replace(base.contract, columns=(*base.contract.columns, nasty)),
        info=replace(base.info, target=NASTY, positive=NASTY),
        evaluation=replace(
            base.evaluation,
            importance=((NASTY, 1.0),),
            slices=(SliceValue(column=NASTY, group=NASTY, metric="log_loss", interval=interval(0.4, 0.1)),),
        ),
        verdict=Verdict(state="failed", gates=(GateResult(gate=NASTY, state="failed", evidence=NASTY),), summary=NASTY),
        checks=tuple(replace(check, message=NASTY) for check in base.checks),
        trials=tuple(replace(trial, reason=NASTY) for trial in base.trials),
    )


def test_what_the_data_says_is_never_markup():
    page = render_report(nasty_report())
    assert "<script" not in page
    assert "script" not in read(page).tags
    assert page.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;") > 8
    card = render_card(nasty_report())
    assert "<script" not in card.replace("\\<", "")


@pytest.mark.parametrize(
    ("state", "said"), [("passed", "may go live"), ("failed", "should not go live"), ("inconclusive", "does not decide")]
)
def test_the_headline_says_the_verdict(state, said):
    base = binary_report()
    gates = tuple(replace(gate, state=state) for gate in base.verdict.gates)
    report = replace(base, verdict=replace(base.verdict, state=state, gates=gates))
    assert said in headline(report)
    assert headline(report) in "".join(read(render_report(report)).text)
    assert said in render_card(report)


def test_a_passed_gate_never_claims_more_than_the_interval():
    base = binary_report()
    unsure = tuple(replace(c, difference=Interval(value=0.1, low=-0.1, high=0.3, n=9)) for c in base.evaluation.comparisons)
    report = replace(base, evaluation=replace(base.evaluation, comparisons=unsure))
    assert "cannot be told apart" in headline(report)


def test_little_evidence_is_said():
    said = " ".join(limits(regression_report()))
    assert "Only 240 rows" in said
    assert "later rows was not tested" in said
    assert "carrier = 9E" in " ".join(limits(binary_report()))


def test_a_report_of_next_to_nothing_still_renders():
    base = binary_report()
    nothing = Interval(value=None, low=None, high=None, n=0)
    evaluation = replace(
        base.evaluation,
        metrics=tuple(replace(m, interval=nothing) for m in base.evaluation.metrics),
        comparisons=tuple(replace(c, mine=nothing, theirs=nothing, difference=nothing) for c in base.evaluation.comparisons),
        slices=(),
        calibration=(),
        calibration_error=None,
        histogram=((0.5, 0),),
        importance=(),
    )
    report = replace(base, evaluation=evaluation, checks=(), trials=())
    text = " ".join(read(render_report(report)).text)
    assert "–" in text
    assert render_card(report)


def test_many_groups_and_columns_stay_within_bounds():
    base = binary_report()
    slices = tuple(
        SliceValue(column=f"column {i}", group=f"group {k}", metric="log_loss", interval=interval(0.4, 0.01))
        for i in range(60)
        for k in range(60)
    )
    columns = tuple(ContractColumn(name=f"ignored {i}", kind="number", role="ignored") for i in range(3000))
    importance = tuple((f"feature {i}", 1 / 2000) for i in range(2000))
    report = replace(
        base,
        evaluation=replace(base.evaluation, slices=slices, importance=importance),
        contract=replace(base.contract, columns=columns),
        checks=tuple(replace(base.checks[0], code=f"c{i}") for i in range(2000)),
    )
    assert len(render_report(report).encode()) < 500_000


def test_the_card_holds_the_figures_and_the_limits(report):
    card = render_card(report)
    for metric in report.evaluation.metrics:
        assert f"n = {metric.interval.n:,}" in card
    for heading in ("What it does", "How good it is", "Conditions for going live", "What this does not say", "What next"):
        assert f"## {heading}" in card
    assert report.evaluation.payload_digest in card


def test_what_was_on_some_folds_alone_is_not_counted_as_finished():
    report = binary_report()
    fit = FoldFit(
        fold=0,
        score=0.45,
        train_score=0.4,
        iterations=9,
        seconds=1.0,
        row_us=9.0,
        size=9,
        raw="",
        evaluator="lightgbm",
        files={},
    )
    first, *others = report.trials
    report = replace(report, trials=(first, *(replace(trial, fits=(fit,)) for trial in others)))
    folds = report.split.folds
    said = rf">1 of \d+ configurations finished on {folds} validation folds, the others did worse on the first of these"
    assert re.search(said, render_report(report))
