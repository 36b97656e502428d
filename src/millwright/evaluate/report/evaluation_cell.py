"""An evaluation in a notebook: its figures with their intervals, whom it beats, what comes true, what it looks at."""

from collections.abc import Iterator

from millwright.evaluate.report.cell import cell, folded
from millwright.evaluate.report.figures import level, many, number, percent, signed, span
from millwright.evaluate.report.html import Markup, join, table, tag
from millwright.evaluate.report.plots import Line, bar_plot, calibration_plot, histogram_plot, interval_plot
from millwright.evaluate.report.svg import shortened
from millwright.evaluate.report.words import meaning_of, opponent, outcome_of, title_of
from millwright.records.judging import Comparison, Evaluation, GateResult, Interval, Verdict

_MOST_FEATURES = 10
_CHIP = {"passed": "May go live", "failed": "Do not ship", "inconclusive": "Cannot be decided yet"}


def evaluation_cell(found: Evaluation) -> str:
    """The evaluation as HTML for a notebook."""
    return cell("Evaluation", _headline(found), *evaluation_parts(found), more="`mw report` has all of it.")


def outcome_cell(name: str, project: str, found: Evaluation, verdict: Verdict) -> str:
    """How a run ended, as HTML for a notebook: the verdict with its gates, then the evaluation."""
    chip = tag("span", _CHIP[verdict.state], class_=f"verdict {verdict.state}")
    gates = tag("div", *(_gate(gate) for gate in verdict.gates))
    parts = (chip, tag("p", _headline(found)), gates, *evaluation_parts(found))
    return cell("Outcome of a run", f"{name}: {verdict.summary}", *parts, project=project, more="`mw report` has all of it.")


def evaluation_parts(found: Evaluation) -> Iterator[Markup]:
    """The parts of it, the most telling first."""
    yield _compared(found)
    yield _metrics(found)
    yield _answers(found)
    yield _importance(found)


def _headline(found: Evaluation) -> str:
    main = next((metric.interval for metric in found.metrics if metric.name == found.metric), None)
    figure = f"{title_of(found.metric)} {number(main.value)}, {_proof(main)}" if main else title_of(found.metric)
    return f"{figure}, on {many(found.rows, 'sealed row')}"


def _gate(gate: GateResult) -> Markup:
    chip = tag("span", gate.state, class_=f"verdict {gate.state}")
    words = join(tag("p", tag("strong", gate.gate)), tag("p", shortened(gate.evidence, 400), class_="note"))
    return tag("div", chip, tag("div", words), class_="gate")


def _compared(found: Evaluation) -> Markup:
    whole = [comparison for comparison in found.comparisons if comparison.column is None]
    if not whole:
        return Markup("")
    lines = [Line(f"against {opponent(one)}", one.difference) for one in whole]
    said = "; ".join(_difference(one) for one in whole)
    outcomes = tag("ul", *(tag("li", f"{outcome_of(one)} {_difference(one)}.") for one in whole))
    note = tag("p", "Paired on the same rows; right of the dashed line is better.", class_="note")
    return tag("div", tag("h3", "Against the alternatives"), outcomes, interval_plot(lines, said, reference=0.0), note)


def _difference(one: Comparison) -> str:
    return f"{title_of(one.metric)}: gain {signed(one.difference.value)} ({_proof(one.difference)})"


def _metrics(found: Evaluation) -> Markup:
    ordered = sorted(found.metrics, key=lambda metric: metric.name != found.metric)
    rows: list[tuple[str, ...]] = [
        (
            join(title_of(one.name), tag("span", meaning_of(one.name), class_="note")),
            number(one.interval.value),
            span(one.interval),
            f"{one.interval.n:,}",
        )
        for one in ordered
    ]
    return folded("All metrics", table(("metric", "figure", "interval", "n"), rows, (1, 2, 3)))


def _answers(found: Evaluation) -> Markup:
    panels = [panel for panel in (_calibration(found), _histogram(found)) if panel]
    return tag("div", *panels, class_="pair") if panels else Markup("")


def _calibration(found: Evaluation) -> Markup:
    points = found.calibration
    if not points:
        return Markup("")
    unit = found.calibration_error is not None
    said = "; ".join(f"said {number(p.predicted)}, came true {number(p.observed)} (n = {p.n:,})" for p in points)
    rows: list[tuple[str, ...]] = [
        (number(p.predicted), number(p.observed), f"{number(p.low)} to {number(p.high)}", f"{p.n:,}") for p in points
    ]
    twin = folded("As a table", table(("said", "came true", "interval", "n"), rows, (0, 1, 2, 3)))
    return tag("div", tag("h3", "What came true"), calibration_plot(points, said, unit=unit), twin, class_="panel")


def _histogram(found: Evaluation) -> Markup:
    bins = found.histogram
    if not bins:
        return Markup("")
    said = f"{many(sum(count for _edge, count in bins), 'answer')} from {number(bins[0][0])} to {number(bins[-1][0])}"
    rows: list[tuple[str, ...]] = [(number(edge), f"{count:,}") for edge, count in bins]
    twin = folded("As a table", table(("from", "rows"), rows, (0, 1)))
    return tag("div", tag("h3", "What it answers"), histogram_plot(bins, said, title="answer"), twin, class_="panel")


def _importance(found: Evaluation) -> Markup:
    ranked = sorted((item for item in found.importance if item[1] > 0), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return Markup("")
    shown = ranked[:_MOST_FEATURES]
    said = "; ".join(f"{name} {percent(share)}" for name, share in shown)
    rows: list[tuple[str, ...]] = [(name, percent(share)) for name, share in shown]
    twin = folded("As a table", table(("column", "share"), rows, (1,)))
    return tag("div", tag("h3", "What it looks at"), bar_plot(shown, said), twin, class_="panel")


def _proof(figure: Interval) -> str:
    if figure.low is None:
        return f"n = {figure.n:,}, too few rows for an interval"
    return f"{level(figure)} interval {span(figure)}"
