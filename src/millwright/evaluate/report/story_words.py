"""A played history in words that claim no more than its intervals."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from millwright.evaluate.report.figures import level, many, number, span
from millwright.records.deciding import Decision
from millwright.records.judging import Interval
from millwright.records.replaying import Gap, Story, Way

POLICY, NEVER, ALWAYS = "policy", "never", "always"

Side = Literal["above", "below", "across", "unknown"]

SCHEDULED = "scheduled"

_DOING: Mapping[str, str] = {
    NEVER: "never retraining",
    ALWAYS: "retraining at every window",
    "oracle": "retraining at the best moments, known afterwards",
}
_OUTCOME: Mapping[Side, str] = {
    "above": "did better than",
    "below": "did worse than",
    "across": "could not be told apart from",
    "unknown": "could not be compared with",
}
_TIMES: Mapping[int, str] = {1: "once", 2: "twice"}


def side(difference: Interval) -> Side:
    """Where a whole interval lies: above 0, below 0, across it; unknown where there is none."""
    if difference.low is None or difference.high is None:
        return "unknown"
    return "above" if difference.low > 0 else "below" if difference.high < 0 else "across"


def headline(story: Story) -> str:
    """The one sentence to take away, without figures of quality."""
    gaps = gaps_by(story, main_metric(story))
    if not gaps:
        return f"The loop {_listed(list(_acts(story)))}."
    found = [(side(gap.difference), doing(story, gap.against)) for gap in gaps]
    clauses = [
        f"{_OUTCOME[outcome]} {_listed([name for _, name in group])}"
        for outcome, group in groupby(found, key=lambda pair: pair[0])
    ]
    return f"The loop {_listed(clauses)}{_effort(story)}."


def summary(story: Story) -> str:
    """What was done and what came of it, with the figures and their intervals."""
    return " ".join((f"{period(story)} the loop {_listed(list(_acts(story)))}.", _quality(story))).strip()


def what_a_gap_says(story: Story, gap: Gap) -> str:
    """Who was better, by how much, and how sure that is."""
    difference, title = gap.difference, spoken(story.titles.get(gap.metric, gap.metric))
    outcome = f"By {title}, the loop {_OUTCOME[side(difference)]} {doing(story, gap.against)}"
    if difference.value is None or difference.low is None:
        return f"{outcome}: too few labels for an interval (n = {difference.n:,})."
    means = {"above": "all of it is above 0", "below": "all of it is below 0"}.get(side(difference), "0 lies within it")
    better = "better" if difference.value >= 0 else "worse"
    return (
        f"{outcome}: {number(abs(difference.value))} {better}, {level(difference)} interval {span(difference)}, "
        f"n = {difference.n:,}; {means}."
    )


def direction(story: Story, metric: str) -> str:
    """Whether more or less of a metric is better, or nothing where it is not known."""
    return {"max": "higher is better", "min": "lower is better"}.get(story.goals.get(metric, ""), "")


def main_metric(story: Story) -> str:
    """The metric that the headline speaks of: the first that has a title."""
    return next(iter(story.titles), "")


def gaps_by(story: Story, metric: str) -> list[Gap]:
    """The policy against the others by one metric."""
    return [gap for gap in story.gaps if gap.metric == metric]


def way(story: Story, name: str) -> Way | None:
    """One way to go about it, by name."""
    return next((one for one in story.ways if one.name == name), None)


def doing(story: Story, name: str) -> str:
    """What another way does, inside a sentence."""
    known = way(story, name)
    if known and name == SCHEDULED:
        return f"retraining {known.title}"
    return _DOING.get(name, f"“{known.title if known else name}”")


def retrains(story: Story) -> int:
    """How often the policy retrained."""
    policy = way(story, POLICY)
    return policy.retrains if policy else count(story, "retrain")


def new_versions(story: Story) -> list[int]:
    """The versions that went live while the history was played, beside the one that was live at its beginning."""
    return sorted({life.version for life in story.lives[1:]} - {life.version for life in story.lives[:1]})


def count(story: Story, action: str) -> int:
    """How often an action was taken; what was only advised, or waits, is none."""
    return sum(one.action == action and carried_out(one) for one in story.decisions)


def carried_out(decision: Decision) -> bool:
    """Whether a decision was more than advice."""
    return decision.mode in (None, "auto")


def spoken(title: str) -> str:
    """A metric's title inside a sentence: names and abbreviations keep their capital."""
    keeps = title[1:2].isupper() or not title[1:2].isalpha() or title.startswith("Brier")
    return title if keeps else title[:1].lower() + title[1:]


def sentence(text: str, *, named: bool = False) -> str:
    """The text with a full stop, and a capital where it does not begin with a name: of a version, a setting, a column.

    named: it is known to begin as it should.

    >>> sentence("the feed stopped"), sentence("v3 is not released"), sentence("dest drifted", named=True)
    ('The feed stopped.', 'v3 is not released.', 'dest drifted.')
    """
    keeps = named or not text.split(" ", 1)[0].isalpha()
    return text and (text if keeps else text[0].upper() + text[1:]).rstrip(".") + "."


def day(moment: datetime, zone: str) -> str:
    """The day of a moment in a time zone: 3 June 2013."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y}"


def clock(moment: datetime, zone: str) -> str:
    """Day and minute of a moment in a time zone, the day alone at midnight."""
    local = moment.astimezone(ZoneInfo(zone))
    return day(moment, zone) if (local.hour, local.minute) == (0, 0) else f"{day(moment, zone)}, {local:%H:%M}"


def brief(moment: datetime, zone: str) -> str:
    """Day and minute of a moment as a table has room for: 3 Jun 2013, the minute left out at midnight."""
    local = moment.astimezone(ZoneInfo(zone))
    at = "" if (local.hour, local.minute) == (0, 0) else f", {local:%H:%M}"
    return f"{local.day} {local:%b %Y}{at}"


def days(start: datetime, until: datetime, zone: str) -> str:
    """A range of days, its end included: 8 to 14 July 2013."""
    last = max(start, until - timedelta(microseconds=1))
    a, b = (moment.astimezone(ZoneInfo(zone)) for moment in (start, last))
    if a.date() == b.date():
        return day(start, zone)
    if (a.year, a.month) == (b.year, b.month):
        return f"{a.day} to {day(last, zone)}"
    return f"{a.day} {a:%B} to {day(last, zone)}" if a.year == b.year else f"{day(start, zone)} to {day(last, zone)}"


def period(story: Story) -> str:
    """From April to December 2013, or by days where it is short."""
    last = max(story.start, story.end - timedelta(microseconds=1))
    a, b = (moment.astimezone(ZoneInfo(story.zone)) for moment in (story.start, last))
    if (b - a).days < 45:
        said = days(story.start, story.end, story.zone)
        return f"From {said}" if " to " in said else f"On {said}"
    return f"From {a:%B}{'' if a.year == b.year else f' {a:%Y}'} to {b:%B %Y}"


def seconds(value: float) -> str:
    """A length of time: 42 s, 12.6 min, 3.1 h."""
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min" if value < 7200 else f"{value / 3600:.1f} h"


def _acts(story: Story) -> Iterator[str]:
    """What the loop did, in the past tense."""
    released = len(new_versions(story))
    yield f"released {many(released, 'new version') if released else 'no new version'}"
    if count(story, "refuse"):
        yield f"refused {count(story, 'refuse')}"
    if count(story, "abort"):
        yield f"broke off {many(count(story, 'abort'), 'trial')}"
    if count(story, "rollback"):
        yield f"went back {_times(count(story, 'rollback'))}"
    if count(story, "hold"):
        yield f"held {_times(count(story, 'hold'))}{' on broken data' if _held_on_faults(story) else ''}"


def _held_on_faults(story: Story) -> bool:
    kinds = {finding.id: finding.kind for finding in story.findings}
    holds = [one for one in story.decisions if one.action == "hold" and carried_out(one)]
    return all(any(kinds.get(str(named)) == "data_fault" for named in one.evidence.get("findings") or ()) for one in holds)


def _quality(story: Story) -> str:
    policy, metric = way(story, POLICY), main_metric(story)
    figure = policy.overall.get(metric) if policy else None
    if figure is None or figure.value is None:
        return "There are no labels to say how good its answers were."
    interval = f" ({level(figure)} interval {span(figure)})" if figure.low is not None else ""
    said = [_compared(story, gap) for gap in gaps_by(story, metric)]
    compared = f": {_listed(said)}" if said else ""
    return f"Its {spoken(story.titles[metric])} was {number(figure.value)}{interval}{compared}."


def _compared(story: Story, gap: Gap) -> str:
    difference, other = gap.difference, doing(story, gap.against)
    if difference.value is None or side(difference) == "unknown":
        return f"not comparable with {other}"
    if side(difference) == "across":
        return f"not to be told apart from {other} (difference {span(difference)})"
    better = "better" if difference.value > 0 else "worse"
    return f"{number(abs(difference.value))} {better} than {other} ({span(difference)})"


def _effort(story: Story) -> str:
    mine, always = retrains(story), way(story, ALWAYS)
    if always is None:
        return ""
    if mine == always.retrains:
        return f", with {many(mine, 'retrain')}, as many"
    return f", with {many(mine, 'retrain')} {'instead of' if mine < always.retrains else 'against'} {always.retrains}"


def _times(times: int) -> str:
    return _TIMES.get(times, f"{times} times")


def _listed(parts: list[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
