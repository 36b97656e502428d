"""How good the model is, where it is weak, and what it looks at."""

from collections.abc import Mapping, Sequence

from millwright.evaluate.report.figures import level, many, number, percent, signed, span
from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.plots import Line, bar_plot, calibration_plot, histogram_plot, interval_plot
from millwright.evaluate.report.ranges import coverage_of, quantiles_of
from millwright.evaluate.report.words import main_metric, meaning_of, opponent, outcome_of, spoken, title_of
from millwright.metrics.registry import METRICS
from millwright.records.judging import Comparison, MetricValue, SliceValue
from millwright.records.spec import VALUES

_ANSWERED: Mapping[str, str] = {
    "binary": "probability",
    "multiclass": "probability of the likeliest",
    "ordinal": "probability of the likeliest",
}
_MOST_FEATURES, _MOST_COLUMNS, _MOST_GROUPS = 15, 8, 12


def how_good(report: ReportInput) -> Markup:
    """Every metric with its interval and n."""
    evaluation = report.evaluation
    main = evaluation.metric
    ordered = sorted(evaluation.metrics, key=lambda metric: metric.name != main)
    rows = [_metric_row(metric, metric.name == main) for metric in ordered]
    dependent = f", resampled by {evaluation.block} ({evaluation.blocks:,} of them)" if evaluation.block else ""
    before = "that it had never seen" if report.refit is None else "that it had not seen yet"
    unseen = before if report.candidate.imported is None else "(whether it had seen them is not known)"
    weighted = ", weighted: each row counts as much as its weight says" if evaluation.unweighted else ""
    lead = f"On {evaluation.rows:,} sealed rows {unseen}{dependent}{weighted}."
    return section(
        "How good it is", lead, table(("", "figure", "interval", "n"), rows, (1, 2, 3)), tag("p", _fit(report), class_="note")
    )


def against_others(report: ReportInput) -> Markup:
    """The same rows, answered by this model and by the others."""
    whole = [comparison for comparison in report.evaluation.comparisons if comparison.column is None]
    if not whole:
        return Markup("")
    return section(
        "Against the alternatives",
        "Both answer the same rows, so luck of the draw falls on both alike.",
        *(_compared(comparison) for comparison in whole),
    )


def trust(report: ReportInput) -> Markup:
    """Calibration and the histogram of answers, side by side."""
    pictures = [picture for picture in (_calibration(report), _histogram(report)) if picture]
    if not pictures:
        return Markup("")
    probabilities = report.info.task not in VALUES
    title = "Can its probabilities be trusted" if probabilities else "Can its values be trusted"
    return section(title, _calibration_lead(report), tag("div", *pictures, class_="pair"))


def what_it_looks_at(report: ReportInput) -> Markup:
    """The features that carry most of the model."""
    ranked = sorted((item for item in report.evaluation.importance if item[1] > 0), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return Markup("")
    shown = ranked[:_MOST_FEATURES]
    rest = ranked[_MOST_FEATURES:]
    said = "; ".join(f"{name} {percent(share)}" for name, share in shown)
    note = (
        f"{many(len(rest), 'more feature')} make up the remaining {percent(sum(share for _name, share in rest))}. "
        if rest
        else ""
    )
    return section(
        "What it looks at",
        f"{shown[0][0]} counts most: {percent(shown[0][1])} of what moves its answers.",
        tag("div", bar_plot(shown, said), class_="panel"),
        tag("p", f"{note}This says what the model uses, not what causes {report.info.target}.", class_="note"),
    )


def where_it_is_weak(report: ReportInput) -> Markup:
    """The main metric in the groups of the most telling columns."""
    by_column: dict[str, list[SliceValue]] = {}
    for value in report.evaluation.slices:
        if value.metric == report.evaluation.metric:
            by_column.setdefault(value.column, []).append(value)
    if not by_column:
        return Markup("")
    title = title_of(report.evaluation.metric)
    lead = f"{title} group by group; the dashed line is all rows, red marks groups that are surely worse."
    columns = list(by_column.items())[:_MOST_COLUMNS]
    return section("Where it is weak", lead, *(_slice_panel(report, column, values) for column, values in columns))


def surely_worse(report: ReportInput, value: SliceValue) -> bool:
    """Whether the whole interval of a group lies on the worse side of the figure for all rows."""
    overall, metric, figure = main_metric(report).value, METRICS.get(value.metric), value.interval
    if overall is None or metric is None or figure.low is None or figure.high is None:
        return False
    return figure.high < overall if metric.goal == "max" else figure.low > overall


def _metric_row(metric: MetricValue, main: bool) -> tuple[str, ...]:
    title = title_of(metric.name)
    name = join(tag("strong", title) if main else title, tag("span", meaning_of(metric.name), class_="note"))
    figure = metric.interval
    return (name, number(figure.value), f"{span(figure)}", f"{figure.n:,}")


def _fit(report: ReportInput) -> str:
    evaluation = report.evaluation
    shown = [metric.interval for metric in evaluation.metrics if metric.interval.low is not None]
    parts = [f"Intervals hold the true figure with {level(shown[0])} confidence."] if shown else []
    if evaluation.overfit_gap is not None:
        parts.append(
            f"On rows it learnt from, {spoken(evaluation.metric)} is {number(evaluation.train_score)}; on validation rows"
            f" {number(evaluation.validation_score)}: a gap of {number(evaluation.overfit_gap)}."
        )
    if evaluation.tries > 1:
        parts.append(f"{evaluation.tries} candidates were judged on these rows: intervals of comparisons are widened for it.")
    return " ".join(parts)


def _compared(comparison: Comparison) -> Markup:
    title, other, difference = title_of(comparison.metric), opponent(comparison), comparison.difference
    lines = (Line("this model", comparison.mine), Line(other, comparison.theirs, "other"))
    said = f"{title}: this model {number(comparison.mine.value)}, {other} {number(comparison.theirs.value)}"
    better = f"gain {number(difference.value)}, {level(difference)} interval {span(difference)}"
    return tag(
        "div",
        tag("p", tag("strong", outcome_of(comparison))),
        interval_plot(lines, said, title=title),
        tag("p", "Row by row, better by (right of the dashed line is better):", class_="note"),
        interval_plot((Line("difference", difference),), f"Paired difference: {better}", reference=0.0),
        tag("p", _evidence(comparison), class_="note"),
        class_="panel",
    )


def _evidence(comparison: Comparison) -> str:
    difference = comparison.difference
    if difference.low is None:
        return f"There are too few rows (n = {difference.n:,}) for an interval."
    figures = f"{signed(difference.value)}, {level(difference)} interval {span(difference)}, n = {difference.n:,}"
    return f"Difference in {spoken(comparison.metric)}: {figures}."


def _calibration_lead(report: ReportInput) -> str:
    evaluation = report.evaluation
    if evaluation.calibration_error is None:
        said = " ".join([coverage_of(report), *quantiles_of(report)])
        return f"Predicted against true values, {evaluation.rows:,} rows. {said}".rstrip()
    off = f"{100 * evaluation.calibration_error:.2g}"
    return f"Stated probabilities are off by {off} percentage points on average, over {evaluation.rows:,} rows."


def _calibration(report: ReportInput) -> Markup:
    points = report.evaluation.calibration
    if not points:
        return Markup("")
    unit = report.info.task not in VALUES
    said = "; ".join(f"said {number(p.predicted)}, came true {number(p.observed)} (n = {p.n:,})" for p in points)
    note = "On the dashed line, what is said comes true just as often." if unit else "On the dashed line, values are right."
    picture = calibration_plot(points, said, unit=unit)
    return tag("div", tag("h3", "What came true"), tag("p", note, class_="note"), picture, class_="panel")


def _histogram(report: ReportInput) -> Markup:
    bins = report.evaluation.histogram
    if not bins:
        return Markup("")
    title = _ANSWERED.get(report.info.task, report.info.target)
    said = "; ".join(f"from {number(edge)}: {count:,} rows" for edge, count in bins)
    picture = histogram_plot(bins, said, title=title, threshold=report.info.threshold)
    note = f"How the {report.evaluation.rows:,} answers are spread."
    return tag("div", tag("h3", "What it answers"), tag("p", note, class_="note"), picture, class_="panel")


def _slice_panel(report: ReportInput, column: str, values: Sequence[SliceValue]) -> Markup:
    shown = sorted(values, key=lambda value: -value.interval.n)[:_MOST_GROUPS]
    lines = [Line(v.group, v.interval, "weak" if surely_worse(report, v) else "mark") for v in shown]
    said = "; ".join(f"{v.group} {number(v.interval.value)} (n = {v.interval.n:,})" for v in shown)
    picture = interval_plot(lines, said, reference=main_metric(report).value)
    hidden = f" The {len(shown)} largest of {len(values)} groups." if len(values) > len(shown) else ""
    return tag("div", tag("h3", column), tag("p", hidden, class_="note") if hidden else "", picture, class_="panel")
