"""The card of a model, in Markdown: the report's substance for readers of text (Mitchell et al. 2019, Model Cards)."""

import re
from collections.abc import Iterable, Iterator

from millwright.evaluate.report.closing import limits, next_steps
from millwright.evaluate.report.figures import many, moment, percent, with_interval
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.opening import headline
from millwright.evaluate.report.origin import unused_columns
from millwright.evaluate.report.ranges import coverage_of, quantiles_of
from millwright.evaluate.report.whole_model import picture_lines
from millwright.evaluate.report.words import opponent, origin_of, outcome_of, output_of, title_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!])")
_MOST = 15


def render_card(report: ReportInput) -> str:
    """The card as Markdown text. Names from the data are escaped."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: ReportInput) -> Iterator[str]:
    yield f"# {_plain(report.spec.project)}"
    yield f"\n**{_plain(headline(report))}**"
    yield from _part("What it does", _does(report))
    yield from _part("How good it is", _figures(report))
    yield from _part("Conditions for going live", (f"{g.state}: {g.gate}. {g.evidence}" for g in report.verdict.gates))
    yield from _part("What it looks at", (*picture_lines(report), *_importance(report)))
    yield from _part(
        "What it does not look at", (f"{name}: {why}. {said}".strip() for name, why, said in unused_columns(report))
    )
    yield from _part("What this does not say", limits(report))
    yield from _part("What next", next_steps(report))
    ships = f", refit `{report.refit.payload_digest}`, which ships" if report.refit else ""
    yield f"\nPayload `{report.evaluation.payload_digest}`{ships}, snapshot `{report.snapshot.digest}`."


def _part(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {_plain(item)}" for item in items]
    if lines:
        yield from (f"\n## {title}\n", *lines)


def _does(report: ReportInput) -> Iterator[str]:
    split = report.split
    yield f"Answers {output_of(report)}."
    yield f"Is {origin_of(report)}."
    when = f" from {moment(split.holdout_from)} to {moment(split.holdout_until)}" if split.holdout_from else ""
    yield f"Judged on {many(split.holdout, 'sealed row')}{when}."


def _figures(report: ReportInput) -> Iterator[str]:
    for metric in report.evaluation.metrics:
        yield f"{title_of(metric.name)}: {with_interval(metric.interval)}"
    if said := coverage_of(report):
        yield said
    yield from quantiles_of(report)
    for comparison in report.evaluation.comparisons:
        if comparison.column is None:
            difference = f"{title_of(comparison.metric)} {with_interval(comparison.difference)}"
            yield f"{outcome_of(comparison)} Difference to {opponent(comparison)}: {difference}"


def _importance(report: ReportInput) -> Iterator[str]:
    ranked = sorted(report.evaluation.importance, key=lambda item: (-item[1], item[0]))
    return (f"{name}: {percent(share)}" for name, share in ranked[:_MOST] if share > 0)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
