"""Where the model comes from: the data, what was not used and why, and what was tried."""

import re
from collections.abc import Iterator, Mapping

from millwright.evaluate.report.figures import many, moment, number
from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.plots import period_plot
from millwright.evaluate.report.words import spoken, title_of
from millwright.records.data import Check, Role
from millwright.records.modelling import Trial
from millwright.search.portfolio import portfolio

_MOST_CHECKS, _MOST_COLUMNS, _MOST_TRIALS, _MOST_PERIODS, _MOST_SAID = 40, 60, 60, 180, 10

_ROLES: Mapping[Role, str] = {
    "feature": "",
    "target": "it is what is predicted",
    "time": "it says when a row happened",
    "label_known": "it says when the target became known",
    "key": "it identifies a row",
    "group": "it names the group of a row",
    "ignored": "the spec leaves it out",
    "known_later": "it is known only after the moment of prediction",
    "empty": "it has no values",
}


def data_facts(report: ReportInput) -> Markup:
    """Rows, period, sources, what was set aside."""
    snapshot = report.snapshot
    facts = [tag("li", fact) for fact in _facts(report)]
    lead = f"{many(snapshot.rows, 'row')} from {_sources(snapshot.sources)}, as known at {snapshot.as_of:%Y-%m-%d %H:%M} UTC."
    return section("The data", lead, _periods(report), tag("ul", *facts), _checks(report))


def not_used(report: ReportInput) -> Markup:
    """Columns that are not looked at, each with its reason."""
    reasons = list(unused_columns(report))
    if not reasons:
        return Markup("")
    rows: list[tuple[str, ...]] = [(tag("code", name), join(why, _note(more))) for name, why, more in reasons[:_MOST_COLUMNS]]
    hidden = len(reasons) - len(rows)
    lead = f"{many(len(reasons), 'column')} of {len(report.contract.columns):,}."
    note = tag("p", f"And {hidden} more.", class_="note") if hidden > 0 else Markup("")
    return section("What it does not look at, and why", lead, table(("column", "why"), rows), note)


def unused_columns(report: ReportInput) -> Iterator[tuple[str, str, str]]:
    """Name, reason and what the checks said of every column that is not a feature, or of which nothing came."""
    dropped = dict(report.plan.dropped)
    said = _ENDED.get(trial.state, "") + trial.reason
    cell = join(name, _note(said))
    return (cell, number(trial.score), f"{trial.seconds:.1f}")


def _sources(sources: tuple[str, ...]) -> str:
    return ", ".join(sources[:3]) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")


def _note(text: str) -> Markup:
    return tag("span", text, class_="note") if text else Markup("")


def _sentence(text: str) -> str:
    """The text with a full stop, and a capital where it does not begin with the name of a column."""
    if re.match(r"\w+: |\w*_", text):
        return text.rstrip(".") + "."
    return text and text[0].upper() + text[1:].rstrip(".") + "."
