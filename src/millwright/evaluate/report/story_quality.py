"""How good the answers were: month by month, and against the simpler ways."""

from collections.abc import Iterator, Sequence
from datetime import date

from millwright.evaluate.report.figures import many, number, span
from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.lines import Period, Series, line_plot
from millwright.evaluate.report.plots import Line, interval_plot
from millwright.evaluate.report.stacked_intervals import stacked_interval_plot
from millwright.evaluate.report.story_words import (
    direction,
    doing,
    gaps_by,
    main_metric,
    spoken,
    way,
    what_a_gap_says,
)
from millwright.evaluate.report.two_widths import ROOMY, at_two_widths
from millwright.evaluate.report.words import meaning_of
from millwright.records.replaying import Gap, Month, Story, Way

_KINDS = ("first", "second", "third", "fourth", "fifth")


def by_month(story: Story) -> Markup:
    """Each metric month by month, the policy beside the other ways."""
    metrics = [metric for metric in story.titles if _values(story, metric)]
    if not metrics:
        return section("Month by month", "No labels have come yet: how good the answers were cannot be said.")
    lead = f"All answered the same {_labels(story)}, so the lines can be compared. n is the number of labelled rows of a month."
    return section("Month by month", lead, *(_metric(story, metric) for metric in metrics))


def against_the_others(story: Story) -> Markup:
    """The policy against each other way, with the interval of the difference."""
    metrics = [metric for metric in dict.fromkeys([main_metric(story), *story.titles]) if gaps_by(story, metric)]
    if not metrics:
        return Markup("")
    lead = (
        "The difference on the same rows, days drawn again and again as wholes. Right of the dashed line the loop was better."
    )
    return section("Against simpler ways", lead, *(_gaps(story, metric) for metric in metrics))


def months_of(story: Story) -> list[str]:
    """Every month that a way has figures for, in order."""
    return sorted({month.month for one in story.ways for month in one.months})


def best_of(values: Sequence[tuple[str, float | None]], goal: str) -> str:
    """Who has the best figure as it is shown, several where they show the same; nothing where there is no choice."""
    known = [(name, value) for name, value in values if value is not None]
    if len(known) < 2 or goal not in ("max", "min"):
        return ""
    best = number((max if goal == "max" else min)(value for _, value in known))
    names = [name for name, value in known if number(value) == best]
    return "all alike" if len(names) == len(known) else " and ".join(names)


def _metric(story: Story, metric: str) -> Markup:
    title, better = story.titles[metric], direction(story, metric)
    series, periods = _series(story, metric), _periods(story)
    said = f"{title} by month: " + "; ".join(_spoken_line(one, periods) for one in series)
    note = ". ".join(words[0].upper() + words[1:] for words in (better, _meaning(metric)) if words)

    def draw(width: float) -> Markup:
        return line_plot(periods, series, said, width=width)

    return tag(
        "div",
        tag("h3", title),
        tag("p", f"{note}.", class_="note") if note else "",
        at_two_widths(draw),
        _twin(story, metric),
        class_="panel",
    )


def _meaning(metric: str) -> str:
    """What a metric says, without the words on its direction: those stand before it."""
    return meaning_of(metric).removesuffix("; lower is better")


def _series(story: Story, metric: str) -> list[Series]:
    months = months_of(story)
    return [
        Series(one.title, tuple(_value(one, month, metric) for month in months), _KINDS[min(i, len(_KINDS) - 1)])
        for i, one in enumerate(story.ways)
    ]


def _periods(story: Story) -> list[Period]:
    months = months_of(story)
    return [Period(*_month_words(month, month == months[0]), _rows(story, month)) for month in months]


def _month_words(month: str, first: bool) -> tuple[str, str]:
    """Short name, and the year where one begins."""
    try:
        day = date.fromisoformat(f"{month}-01")
    except ValueError:
        return month, ""
    return f"{day:%b}", f"{day:%Y}" if first or day.month == 1 else ""


def _rows(story: Story, month: str) -> int:
    return max((one.n for each in story.ways for one in each.months if one.month == month), default=0)


def _month(one: Way, month: str) -> Month | None:
    return next((each for each in one.months if each.month == month), None)


def _value(one: Way, month: str, metric: str) -> float | None:
    found = _month(one, month)
    return found.metrics.get(metric) if found else None


def _values(story: Story, metric: str) -> list[float]:
    every = (_value(one, month, metric) for one in story.ways for month in months_of(story))
    return [value for value in every if value is not None]


def _labels(story: Story) -> str:
    return many(sum(_rows(story, month) for month in months_of(story)), "labelled row")


def _spoken_line(one: Series, periods: list[Period]) -> str:
    return f"{one.name} " + ", ".join(f"{p.name} {number(value)}" for p, value in zip(periods, one.values, strict=True))


def _twin(story: Story, metric: str) -> Markup:
    """The same as a table: the best figure of each row is set in bold and named."""
    head = ("month", "n", *(one.title for one in story.ways), "best figure")
    rows = [_row(story, metric, month) for month in months_of(story)]
    overall = _overall(story, metric)
    made = tag("div", table(head, [*rows, *overall], tuple(range(1, len(head) - 1))), class_="whole")
    note = tag("p", "A month's figure has no interval: a small lead of one month may be luck.", class_="note")
    return tag("details", tag("summary", f"{story.titles[metric]} as a table"), made, note)


def _row(story: Story, metric: str, month: str) -> tuple[str, ...]:
    values = [(one.title, _value(one, month, metric)) for one in story.ways]
    best = best_of(values, story.goals.get(metric, ""))
    return (month, f"{_rows(story, month):,}", *_cells(values, best), best)


def _cells(values: Sequence[tuple[str, float | None]], best: str) -> Iterator[str]:
    for name, value in values:
        yield tag("strong", number(value)) if name in best.split(" and ") else number(value)


def _overall(story: Story, metric: str) -> list[tuple[str, ...]]:
    """All months with their intervals. None is called the best: the section on differences says whether one is."""
    figures = [one.overall.get(metric) for one in story.ways]
    known = [figure for figure in figures if figure and figure.value is not None]
    if not known:
        return []
    cells = (join(number(f.value), tag("span", span(f), class_="note")) if f else number(None) for f in figures)
    return [("all", f"{max(figure.n for figure in known):,}", *cells, "see below")]


def _gaps(story: Story, metric: str) -> Markup:
    gaps = gaps_by(story, metric)
    said = "; ".join(what_a_gap_says(story, gap) for gap in gaps)
    lines = [Line(_name(story, gap), gap.difference, _colour(gap)) for gap in gaps]
    title = f"better by, in {spoken(story.titles.get(metric, metric))}"

    def draw(width: float) -> Markup:
        if width >= ROOMY:
            return interval_plot(lines, said, title=title, reference=0.0)
        return stacked_interval_plot(lines, said, title=title, reference=0.0, width=width)

    return tag(
        "div",
        tag("h3", story.titles.get(metric, metric)),
        at_two_widths(draw),
        tag("ul", *(tag("li", what_a_gap_says(story, gap)) for gap in gaps), class_="note"),
        class_="panel",
    )


def _name(story: Story, gap: Gap) -> str:
    other = way(story, gap.against)
    return f"against {other.title}" if other else f"against {doing(story, gap.against)}"


def _colour(gap: Gap) -> str:
    return "weak" if gap.difference.high is not None and gap.difference.high < 0 else "mark"
