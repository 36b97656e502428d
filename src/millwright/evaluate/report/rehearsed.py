"""A rehearsal as a page: the story of the play, every way beside the others, and how faults were met."""

from collections.abc import Iterator

from millwright.evaluate.report.figures import number, span
from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.shell import document
from millwright.evaluate.report.story import opening
from millwright.evaluate.report.story_causes import causes_section
from millwright.evaluate.report.story_decisions import decisions_section, findings_section
from millwright.evaluate.report.story_limits import limits_section
from millwright.evaluate.report.story_quality import against_the_others, by_month
from millwright.evaluate.report.story_time import time_line
from millwright.evaluate.report.story_words import brief, days
from millwright.evaluate.report.style import STORY_STYLE
from millwright.evaluate.report.svg import shortened
from millwright.records.figures import Sign, fixed
from millwright.records.judging import Interval
from millwright.records.rehearsing import Advice, FaultMet, Rehearsal
from millwright.records.replaying import Way

_MOST_LETTERS = 90


def render_rehearsal(rehearsal: Rehearsal) -> str:
    """The page as text. It loads nothing and runs nothing; the same rehearsal gives the same bytes."""
    story = rehearsal.story
    parts = (
        opening(story),
        ways_section(rehearsal),
        faults_section(rehearsal),
        advice_section(rehearsal),
        time_line(story),
        by_month(story),
        against_the_others(story),
        causes_section(story),
        decisions_section(story),
        findings_section(story),
        limits_section(story),
    )
    return document(f"{story.project}: a rehearsal", STORY_STYLE, *parts, kind="story")


def ways_section(rehearsal: Rehearsal) -> Markup:
    """Every way with its figures, and how much of what could be won the policy won."""
    remarks = [*_share(rehearsal), *rehearsal.changed, *rehearsal.remarks]
    return section(
        "Every way to go about it",
        "Each way answered the same rows and is judged on what really came true. In brackets: intervals, days drawn whole.",
        tag("div", ways_table(rehearsal), class_="panel whole"),
        tag("ul", *(tag("li", line) for line in remarks), class_="note") if remarks else "",
    )


def ways_table(rehearsal: Rehearsal) -> Markup:
    """The ways by themselves."""
    story = rehearsal.story
    head = ("way", "retrains", *(words for title in story.titles.values() for words in (title, "this policy better by")))
    return table(head, [_way(rehearsal, way) for way in story.ways], (1,))


def faults_section(rehearsal: Rehearsal) -> Markup:
    """How each fault that was put in was met."""
    if not rehearsal.faults:
        return Markup("")
    return section("Faults put in on purpose", "", tag("div", faults_table(rehearsal), class_="panel whole"))


def faults_table(rehearsal: Rehearsal) -> Markup:
    """The faults by themselves."""
    head = ("put in", "when", "found", "what was said", "held", "retrains begun on it")
    return table(head, [_fault(fault, rehearsal.story.zone) for fault in rehearsal.faults], (5,))


def advice_section(rehearsal: Rehearsal) -> Markup:
    """The policies that were tried, and which is advised."""
    if not rehearsal.advice:
        return Markup("")
    title = next(iter(rehearsal.story.titles.values()))
    head = ("policy", "retrains", title, "better than the spec's by", "lines of the spec to change")
    lead = "Each was played like the spec's own policy. Advised is the one with the fewest retrains among the good ones."
    return section(
        "Other policies", lead, tag("div", table(head, [_policy(a) for a in rehearsal.advice], (1,)), class_="panel whole")
    )


def _policy(one: Advice) -> tuple[str, ...]:
    name = tag("strong", f"{one.name} (advised)") if one.advised else one.name
    better = _interval(one.difference, "+") if one.difference else ""
    return (name, f"{one.retrains:,}", number(one.value), better, "; ".join(one.lines))


def _way(rehearsal: Rehearsal, way: Way) -> tuple[str, ...]:
    return (way.title, f"{way.retrains:,}", *_figures(rehearsal, way))


def _figures(rehearsal: Rehearsal, way: Way) -> Iterator[str]:
    gaps = {gap.metric: gap.difference for gap in rehearsal.story.gaps if gap.against == way.name}
    for metric in rehearsal.story.titles:
        yield _interval(way.overall[metric])
        yield _interval(gaps[metric], "+") if metric in gaps else ""


def _interval(found: Interval, sign: Sign = "") -> Markup:
    """Figures that stand under each other: so many decimals each, and no exponents."""
    value = number(None) if found.value is None else fixed(found.value, sign)
    known = found.low is not None and found.high is not None
    ends = f"{fixed(found.low, sign)} to {fixed(found.high, sign)}" if known else span(found)
    return join(value, " ", tag("span", ends, class_="note"))


def _share(rehearsal: Rehearsal) -> Iterator[str]:
    share = rehearsal.share
    if share is None:
        return
    if share.closed is None:
        yield "The best moments to retrain, known afterwards, would have won nothing over never retraining."
        return
    yield (
        f"Of what the best {share.cap:,} moments to retrain, known afterwards, would have won over never retraining "
        f"({number(share.never)} to {number(share.oracle)} in {rehearsal.story.titles[share.metric]}), {share.won}."
    )


def _fault(fault: FaultMet, zone: str) -> tuple[str, ...]:
    found = brief(fault.found_at, zone) if fault.found_at else "not found"
    after = f", after {(fault.found_at - fault.start).days} days" if fault.found_at else ""
    span_ = days(fault.start, fault.end, zone)
    return (
        fault.text,
        span_,
        f"{found}{after}",
        shortened(fault.sentence, _MOST_LETTERS),
        "yes" if fault.held else "no",
        f"{fault.retrains}",
    )
