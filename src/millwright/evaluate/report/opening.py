"""The top of the report: the verdict in one sentence, the few figures that matter, and what the model does."""

from millwright.evaluate.report.figures import level, many, moment, number, signed, span
from millwright.evaluate.report.html import Markup, section, tag
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.ranges import range_of
from millwright.evaluate.report.words import (
    baseline_of,
    main_comparison,
    main_metric,
    origin_of,
    outcome_of,
    output_of,
    title_of,
)
from millwright.records.imported import UNKNOWN_ROWS
from millwright.records.judging import Interval

CHIP = {"passed": "May go live", "failed": "Do not ship", "inconclusive": "Cannot be decided yet"}


def headline(report: ReportInput) -> str:
    """The verdict in words that stand by themselves."""
    caveat = "" if report.candidate.imported is None else f" But {UNKNOWN_ROWS}."
    return f"{_verdict(report)}{caveat}"


def _verdict(report: ReportInput) -> str:
    comparison = main_comparison(report, "champion") or main_comparison(report, "baseline")
    outcome = outcome_of(comparison) if comparison else ""
    state = report.verdict.state
    if state == "passed":
        return f"It may go live. {outcome}".strip()
    if state == "failed":
        return f"It should not go live: {_worst(report)}."
    return f"The evidence does not decide it: {_worst(report)}."


def opening(report: ReportInput) -> Markup:
    """Verdict, headline and key figures."""
    state = report.verdict.state
    return tag(
        "header",
        tag("p", f"{report.spec.project} · judged {report.created_at:%Y-%m-%d %H:%M} UTC", class_="project"),
        tag("span", CHIP[state], class_=f"verdict {state}"),
        tag("h1", headline(report)),
        tag("p", _what(report)),
        tag("div", *_tiles(report), class_="tiles"),
    )


def what_it_does(report: ReportInput) -> Markup:
    """The model in words: what it answers, when it acts, from what it learnt."""
    split, used = report.split, len({encoder.column for encoder in report.plan.encoders})
    sealed = f"{split.holdout:,} rows {_sealed(report)} were kept sealed and judged once it was final."
    return section(
        "What it does",
        "",
        tag("p", f"For each row it answers {output_of(report)}, from {many(used, 'column')}. {_acts(report)}".strip()),
        tag("p", f"It is {origin_of(report)}. {sealed}"),
    )


def _what(report: ReportInput) -> str:
    return f"The model answers {output_of(report)}. It is compared with {baseline_of(report)}."


def _worst(report: ReportInput) -> str:
    """The first gate that stands in the way."""
    blocking = [gate for gate in report.verdict.gates if gate.state == report.verdict.state]
    if not blocking:
        return report.verdict.summary
    word = "is not met" if report.verdict.state == "failed" else "can be neither met nor ruled out"
    others = f" (nor {many(len(blocking) - 1, 'other gate')})" if len(blocking) > 1 else ""
    return f"“{blocking[0].gate}” {word}{others}"


def _tiles(report: ReportInput) -> list[Markup]:
    main, timings = main_metric(report), report.timings
    tiles = [_tile(title_of(report.evaluation.metric), number(main.value), _proof(main))]
    for against, words in (("baseline", "Better than the baseline by"), ("champion", "Better than the live model by")):
        comparison = main_comparison(report, against)
        if comparison is not None:
            tiles.append(_tile(words, signed(comparison.difference.value), _proof(comparison.difference)))
    speed = f"median of {timings.rows:,}; 99 in 100 within {timings.row_p99_ms:.3g} ms"
    return [*tiles, _tile("Time to answer one row", f"{timings.row_p50_ms:.3g} ms", speed)]


def _tile(what: str, figure: str, proof: str) -> Markup:
    return tag(
        "div",
        tag("div", what, class_="what"),
        tag("div", figure, class_="figure"),
        tag("div", proof, class_="proof"),
        class_="tile",
    )


def _proof(interval: Interval) -> str:
    if interval.low is None:
        return f"n = {interval.n:,}, too few rows for an interval"
    return f"{level(interval)} interval {span(interval)}, n = {interval.n:,}"


def _sealed(report: ReportInput) -> str:
    split = report.split
    if split.holdout_from is None:
        return f"(split: {split.method})"
    return f"from {moment(split.holdout_from)} to {moment(split.holdout_until)}"


def _acts(report: ReportInput) -> str:
    """When a binary model decides, and what a regression promises beside its value."""
    info, costs = report.info, report.spec.costs
    if info.threshold is not None:
        why = ""
        if costs is not None:
            why = f": a false alarm costs {costs.false_positive:g} and a miss {costs.false_negative:g}"
        return f"It decides for {info.positive} from {info.threshold:.3g} on{why}."
    return range_of(report)
