"""The page of a played history: it says what the record says, loads nothing, and stays whole when little happened."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from believable_stories import END, FAULT, START, UNIT, finding, gaps, interval, look, story, ways
from test_page import NASTY, read

from millwright.evaluate.report.figures import number, span
from millwright.evaluate.report.story import render_story
from millwright.evaluate.report.story_decisions import idle_findings
from millwright.evaluate.report.story_limits import limits
from millwright.evaluate.report.story_quality import best_of
from millwright.evaluate.report.story_time import action_words, fault_spans
from millwright.evaluate.report.story_words import headline, new_versions, side, summary, what_a_gap_says
from millwright.evaluate.report.style import STYLE
from millwright.records.judging import Interval
from millwright.records.replaying import Life, Month


def text_of(made):
    """The words of the page, without its style."""
    page = render_story(made)
    return " ".join(" ".join(read(re.sub(r"<style>.*?</style>", "", page, flags=re.S)).text).split())


def test_it_needs_nothing_but_itself():
    page = render_story(story())
    reader = read(page)
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(reader.tags)
    assert not [name for name, _value in reader.attributes if name in {"href", "src", "style"} or name.startswith("on")]
    assert "default-src 'none'" in unescape(page)
    for outside in ("http:", "https:", "url(", "@import"):
        assert outside not in page
    assert len(page.encode()) < 300_000


def test_the_same_story_gives_the_same_bytes():
    assert render_story(story()) == render_story(story())


def test_light_dark_and_paper_are_one_page():
    page = render_story(story())
    assert "prefers-color-scheme:dark" in page
    assert "[data-theme=dark]" in page
    assert "@media print" in page
    used = set(re.findall(r"var\((--[a-z-]+)\)", page))
    assert used <= set(re.findall(r"(--[a-z-]+):#", STYLE))


def test_every_class_of_a_drawing_has_a_look():
    page = render_story(story())
    drawn = {name for classes in re.findall(r'<(?:path|rect|circle|g)[^>]*? class="([^"]+)"', page) for name in classes.split()}
    assert {name for name in drawn if f".{name}" not in page} == set()


def test_the_summary_has_the_figures_of_the_record():
    said = summary(story())
    assert said == (
        "From April to December 2013 the loop released 2 new versions, refused 2 and held once on broken data. "
        "Its AUC was 0.6841 (95 % interval 0.6793 to 0.6892): 0.0123 better than never retraining (0.0042 to 0.0211) and "
        "not to be told apart from retraining at every window (difference -0.0031 to 0.0043)."
    )
    assert said in text_of(story())


def test_the_headline_claims_no_more_than_the_intervals():
    assert headline(story()) == (
        "The loop did better than never retraining and could not be told apart from retraining at every window, "
        "with 5 retrains instead of 9."
    )
    assert headline(story()) in text_of(story())


@pytest.mark.parametrize(
    ("low", "high", "where", "said"),
    [
        (0.001, 0.02, "above", "did better than"),
        (-0.02, -0.001, "below", "did worse than"),
        (-0.02, 0.02, "across", "could not be told apart from"),
        (0.0, 0.02, "across", "could not be told apart from"),
        (None, None, "unknown", "could not be compared with"),
    ],
)
def test_a_gap_is_told_by_where_its_whole_interval_lies(low, high, where, said):
    gap = replace(gaps()[0], difference=Interval(value=0.01, low=low, high=high, n=812))
    assert side(gap.difference) == where
    made = story(gaps=(gap,))
    for words in (headline(made), what_a_gap_says(made, gap)):
        assert f"{said} never retraining" in words
    assert "n = 812" in what_a_gap_says(made, gap)


def test_like_outcomes_are_said_once_and_a_loss_is_a_loss():
    lost = tuple(replace(gap, difference=interval(-0.01, -0.02, -0.005)) for gap in gaps())
    made = story(gaps=lost)
    assert "The loop did worse than never retraining and retraining at every window" in headline(made)
    assert "0.0100 worse than never retraining (-0.0200 to -0.0050)" in summary(made)


def test_the_tiles_count_what_was_counted():
    text = text_of(story())
    for tile in (
        "Predictions 246,318 one look every 7 days",
        "Labels 239,204 for 97 % of predictions, known after 14 days",
        "Failed requests 3 without an answer",
        "Versions live 3 v2, v4 new",
        "Retrains 5 9 if at every window",
        "Time to play it 12.6 min for 275 days",
    ):
        assert tile in text


def test_the_time_line_shows_and_lists_everything():
    made, text = story(), text_of(story())
    for decision in made.decisions:
        assert f"decision {decision.number}: {action_words(decision)}" in text
    for words in ("v1 live, by a.person", "v2 in shadow", "v4 in canary", f"put in on purpose: {FAULT}", "broken data found"):
        assert words in text
    page = render_story(made)
    assert page.count('class="span live"') == 2 * len(made.lives)
    assert page.count('class="span shadow"') == 2 * sum(trial.stage == "shadow" for trial in made.trials)
    assert page.count('class="band"') == 2 * len(made.injected)


def test_every_mark_says_what_it_is():
    page = render_story(story())
    picture = page[page.index('class="roomy"') : page.index('class="key"')]
    marks = re.findall(r'<g transform[^>]*class="sign|<g>(?!<title>)|<rect[^>]*class="band"/>', picture)
    signs = re.findall(r'<g transform="[^"]*" class="sign [a-z]+"><title>', picture)
    assert len(signs) == 2 * len(story().decisions)
    assert len(marks) == len(signs)


def test_faults_in_windows_that_touch_are_one_span():
    fault = {"kind": "data_fault", "check": "unit", "sentence": UNIT}
    found = tuple(finding(name, week, **fault) for name, week in (("b", 25), ("a", 24), ("c", 30)))
    worse = finding("e", 36, "data_fault", "decay", "worse on rows that were broken")
    spans = fault_spans((*found, worse, finding("d", 26, "covariate", "drift", "x")))
    assert [(start, until, len(inside)) for start, until, inside in spans] == [
        (look(23), look(25), 2),
        (look(29), look(30), 1),
    ]


def test_each_metric_is_listed_by_month_with_n_and_the_best_named():
    text = text_of(story())
    assert "Higher is better." in text
    assert "Lower is better." in text
    for each in ways():
        for month in each.months:
            assert f"{month.month} {month.n:,}" in text
            assert all(number(value) in text for value in month.metrics.values())
        assert all(span(figure) in text for figure in each.overall.values())
    assert "2013-07 28,293 0.6873 0.6731 0.6858 this policy" in text
    assert "2013-04 27,410 0.7012 0.7012 0.7012 all alike" in text
    assert "2013-10 28,618 0.1204 0.1290 0.1199 every window" in text


@pytest.mark.parametrize(
    ("values", "goal", "best"),
    [
        ((0.7, 0.6), "max", "a"),
        ((0.7, 0.6), "min", "b"),
        ((0.70001, 0.70002), "max", "all alike"),
        ((0.7, None), "max", ""),
        ((0.7, 0.6), "", ""),
    ],
)
def test_the_best_figure_is_that_which_is_seen_to_be(values, goal, best):
    assert best_of(list(zip("ab", values, strict=True)), goal) == best


def test_every_decision_stands_with_its_rule_terms_and_findings():
    made, text = story(), text_of(story())
    by_id = {each.id: each for each in made.findings}
    for decision in made.decisions:
        assert f"{decision.number} · {action_words(decision)}" in text
        assert f"Rule: {decision.rule} · by {decision.actor}" in text
        for term in decision.evidence["terms"]:
            assert f"{term['name']} {term['value']} {term['limit']} {'met' if term['holds'] else 'not met'}" in text
        for named in decision.evidence["findings"]:
            assert by_id[named].sentence in text
    assert "follows from decision 7" in text
    assert "2 conditions, 1 not met" in text
    assert "5 conditions, all met" in text


def test_advice_is_not_told_as_a_deed():
    advised = tuple(replace(each, mode="advise") for each in story().decisions)
    made = story(decisions=advised)
    assert "refused" not in summary(made)
    assert "only advised" in text_of(made)
    assert "decision 2: Refuse (advise)" in text_of(made)


def test_findings_that_led_to_nothing_are_listed():
    assert [each.id for each in idle_findings(story())] == ["f3", "f5", "f8"]
    text = text_of(story())
    listed = text[text.index("Found, and left alone") :]
    assert "3 findings that no decision names" in listed
    assert "wx_humid drifted a little" in listed
    assert "<summary>All 20 of them" in render_story(
        story(findings=tuple(finding(f"x{i}", i + 1, "covariate", "drift", "much") for i in range(20)))
    )


def test_the_limits_come_from_the_evidence():
    said = " ".join(limits(story()))
    assert "one history, April to December 2013" in said
    assert "14 days after their prediction; 7,114 of 246,318 predictions had none" in said
    assert f"({FAULT}) is artificial" in said
    assert "3 requests had no answer" in said
    quiet = " ".join(limits(story(injected=(), failed=0)))
    assert "Nothing was broken on purpose" in quiet
    assert "had no answer" not in quiet
    few = replace(ways()[0], months=(Month(month="2013-04", n=31, metrics={"roc_auc": 0.9}),))
    assert "Fewer than 1,000 labelled rows stand behind 2013-04" in " ".join(limits(story(ways=(few,))))


def nasty_story():
    base = story()
    return replace(
        base,
        project=NASTY,
        window=NASTY,
        label_delay=NASTY,
        injected=((look(23), look(24), NASTY),),
        lives=tuple(replace(life, reason=NASTY, actor=NASTY) for life in base.lives),
        trials=tuple(replace(trial, stage=NASTY) for trial in base.trials),
        ways=tuple(replace(each, title=NASTY) for each in base.ways),
        titles=dict.fromkeys(base.titles, NASTY),
        findings=tuple(replace(each, sentence=NASTY) for each in base.findings),
        decisions=tuple(
            replace(
                each,
                reason=NASTY,
                rule=NASTY,
                actor=NASTY,
                action=NASTY if each.number == 1 else each.action,
                evidence={
                    "findings": [NASTY, *each.evidence["findings"]],
                    "terms": [{"name": NASTY, "value": NASTY, "limit": NASTY, "holds": False}],
                },
            )
            for each in base.decisions
        ),
    )


def test_what_the_record_says_is_never_markup():
    page = render_story(nasty_story())
    reader = read(page)
    assert "<script" not in page
    assert "script" not in reader.tags
    assert page.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;") > 60
    assert not [value for name, value in reader.attributes if name.startswith("on")]


def test_evidence_of_another_shape_does_no_harm():
    shapes = ({}, {"terms": "none", "findings": 3}, {"terms": ["x", {}], "findings": [None, "gone"]}, {"findings": None})
    base = story()
    made = replace(
        base, decisions=tuple(replace(one, evidence=shape) for one, shape in zip(base.decisions[8:], shapes, strict=False))
    )
    text = text_of(made)
    assert "a finding that is not in this record: gone" in text
    assert "held once." in summary(made)


def without_labels():
    nothing = Interval(value=None, low=None, high=None, n=0)
    return story(
        labels=0,
        ways=tuple(replace(each, months=(), overall=dict.fromkeys(each.overall, nothing)) for each in ways()),
        gaps=tuple(replace(gap, difference=nothing) for gap in gaps()),
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (without_labels(), "No labels have come yet"),
        (without_labels(), "There are no labels to say how good its answers were."),
        (without_labels(), "could not be compared with never retraining"),
        (story(decisions=()), "Nothing was decided"),
        (story(decisions=(), findings=(), trials=(), injected=()), "released 2 new versions"),
        (story(lives=(Life(version=1, start=START, until=None, actor="a", reason="first"),)), "released no new version"),
        (story(ways=ways()[:1], gaps=()), "Its AUC was 0.6841 (95 % interval 0.6793 to 0.6892)."),
        (story(ways=(), gaps=(), titles={}, goals={}), "The loop released 2 new versions, refused 2 and held once"),
        (story(predictions=0, labels=0, lives=(), failed=0), "nothing was predicted"),
        (story(end=START), "1 April 2013"),
        (story(end=START + timedelta(days=10)), "From 1 to 10 April 2013 the loop"),
        (story(end=END + timedelta(days=80)), "From April 2013 to March 2014 the loop"),
    ],
)
def test_a_story_of_next_to_nothing_is_still_told(made, said):
    assert said in text_of(made)


def test_one_version_and_no_more_is_no_new_one():
    assert new_versions(story(lives=story().lives[:1])) == []
    back = (*story().lives[:2], replace(story().lives[0], start=look(33)))
    assert new_versions(story(lives=back)) == [2]


def test_a_missing_month_leaves_a_gap():
    broken = tuple(
        replace(month, metrics={**month.metrics, "roc_auc": None}) if month.month == "2013-08" else month
        for month in ways()[0].months
    )
    made = story(ways=(replace(ways()[0], months=broken), *ways()[1:]))
    whole, gap = (render_story(each).count('class="stroke first"') for each in (story(), made))
    assert gap == whole + 2  # one line in two pieces, at both widths
    assert "2013-08 28,756 – 0.6655 0.6803 every window" in text_of(made)


def test_a_long_story_stays_within_bounds():
    base = story()
    decisions = tuple(replace(base.decisions[i % 15], number=i + 1, reason="why " * 200) for i in range(600))
    findings = tuple(finding(f"y{i}", i % 39 + 1, "data_fault", "missing", "what " * 200) for i in range(2000))
    page = render_story(replace(base, decisions=decisions, findings=findings))
    assert len(page.encode()) < 300_000
    assert "The picture holds the first 70 of 600 decisions." in page
    assert "And 530 more, which the catalogue holds." in page
