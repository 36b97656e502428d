"""Where the model comes from: the data, what was not used and why, and what was tried."""

import re
from collections.abc import Iterator, Mapping

from millwright.evaluate.report.figures import many, moment
from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.plots import period_plot
from millwright.evaluate.report.searched import by_fold, leaderboard_table, pictures
from millwright.evaluate.report.words import spoken
from millwright.metrics.registry import metric
from millwright.records.data import Check, Role
from millwright.records.modelling import Trial
from millwright.search.leaderboard import leaderboard
from millwright.search.portfolio import portfolio
from millwright.search.portfolio_readable import readable

_MOST_CHECKS, _MOST_COLUMNS, _MOST_PERIODS, _MOST_SAID = 40, 60, 180, 10

_ROLES: Mapping[Role, str] = {
    "feature": "",
    "target": "it is what is predicted",
    "time": "it says when a row happened",
    "label_known": "it says when the target became known",
    "key": "it identifies a row",
    "group": "it names the group of a row",
    "weight": "it says how much a row counts",
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
    said = {
        column: _of(column, check) for check in report.checks for column in check.columns if check.code.endswith(f":{column}")
    }
    used = {encoder.column for encoder in report.plan.encoders}
    for column in report.contract.columns:
        if column.name in used:
            continue
        if column.role == "empty" and column.name in said:  # it says the same as the role, and of how many rows
            yield column.name, said[column.name], ""
        elif column.role != "feature":
            yield column.name, _ROLES[column.role], _sentence(said.get(column.name, ""))
        elif column.name in dropped:
            yield column.name, dropped[column.name], ""


def _of(column: str, check: Check) -> str:
    """What a check says of a column, without its name: that stands beside it."""
    return check.message.removeprefix(f"{column}: ")


def how_it_was_found(report: ReportInput) -> Markup:
    """Every configuration that was tried, or the file that was brought."""
    if report.candidate.imported is not None:
        return section(
            "Where it came from", "Nothing was searched for.", tag("ul", *(tag("li", f) for f in file_facts(report)))
        )
    if not report.trials:
        return section("How it was found", _sentence(report.candidate.note) or "Nothing was searched for.")
    tried, folds = _tried(report), report.split.folds
    whole = sum(trial.state == "finished" and len(trial.fits) in (0, folds) for trial in tried)
    total = max(len(tried), _planned(report))
    lead = (
        f"{whole} of {many(total, 'configuration')} finished on {many(folds, 'validation fold')}"
        f"{_rest(report) if whole < total else ''}; {_won(report)}. {_sentence(report.candidate.note)}".rstrip()
    )
    board = leaderboard(report.trials, metric(report.candidate.metric), folds, candidate=report.candidate)
    return section("How it was found", lead, leaderboard_table(board), by_fold(board), pictures(board, report.out_of_fold))


def file_facts(report: ReportInput) -> Iterator[str]:
    """What is known of the file of an imported model."""
    made = report.candidate.imported
    if made is None:
        return
    opsets = ", ".join(f"{domain or 'ai.onnx'} {version}" for domain, version in made.opsets)
    yield f"File {made.file}, {made.size:,} bytes, sha256 {made.sha256}."
    yield f"Made by {made.producer or 'an unnamed producer'}; graph {made.graph or 'without a name'}, opsets {opsets}."
    if made.reason:
        yield f"Brought because: {made.reason}."
    yield from (_sentence(note) for note in made.notes)
    yield from (f"It says of itself: {name} = {said}." for name, said in sorted(made.metadata.items())[:_MOST_SAID])


def _tried(report: ReportInput) -> list[Trial]:
    """What was fitted: an ensemble is made of it."""
    return [trial for trial in report.trials if not trial.config.members]


def _won(report: ReportInput) -> str:
    if (goal := report.candidate.goal) is not None:
        return "the best within the goal answers" if goal.met else "what is nearest to the goal answers"
    if members := report.candidate.trial.config.members:
        return f"{len(members)} answer together, which is better than any of them alone"
    return f"the one with the best {spoken(report.candidate.metric)} answers"


def _planned(report: ReportInput) -> int:
    """How many configurations the search had in mind."""
    plan, search, goal = report.plan, report.spec.search, report.spec.search.goal
    sizes = report.split.train, len(plan.features)
    if goal is not None and goal.interpretable:
        return len(readable(search.families, report.spec.data.task, *sizes))
    return len(portfolio(search.families, report.spec.data.task, *sizes, plan.layers))


def _rest(report: ReportInput) -> str:
    budget = report.spec.search.budget
    return f", the others did worse on the first of these, failed, or met the end of the budget of {budget}"


def _facts(report: ReportInput) -> Iterator[str]:
    snapshot, split = report.snapshot, report.split
    counts = f"{split.train:,} rows to learn from, {split.holdout:,} sealed, {split.unused:,} not used."
    yield f"{counts} {_sentence(split.note)}".strip()
    yield f"Divided by {split.method}." + (f" Sealed from {moment(split.holdout_from)}." if split.holdout_from else "")
    personal = [column.name for column in report.contract.columns if column.pii]
    if personal:
        yield f"Personal data, kept as hashes only: {', '.join(personal)}."
    for aside in snapshot.set_aside:
        yield f"{many(aside.count, 'row')} of {aside.file} set aside: {aside.reason}."
    yield from (_sentence(note) for note in snapshot.notes)


def _periods(report: ReportInput) -> Markup:
    periods = [(p.period, p.rows) for p in report.profile.periods][:_MOST_PERIODS]
    if len(periods) < 3:
        return Markup("")
    grain = report.profile.grain or "period"
    said = f"Rows a {grain}: " + "; ".join(f"{period} {rows:,}" for period, rows in periods)
    sealed = report.split.holdout_from
    note = f"Rows a {grain}." + (" The strongly coloured part was sealed." if sealed else "")
    return tag("div", tag("p", note, class_="note"), period_plot(periods, sealed, said), class_="panel")


def _checks(report: ReportInput) -> Markup:
    if not report.checks:
        return tag("p", "The data checks found nothing to speak of.", class_="note")
    rank = {"stop": 0, "warning": 1, "note": 2}
    ordered = sorted(report.checks, key=lambda check: (rank[check.severity], check.code))[:_MOST_CHECKS]
    found = tag("ul", *(_check(check) for check in ordered))
    return tag("details", tag("summary", f"What the data checks found ({len(report.checks)})"), found)


def _check(check: Check) -> Markup:
    accepted = " Looked at and accepted." if check.acknowledged else ""
    return tag("li", tag("code", check.code), " ", _sentence(check.message), accepted)


def _sources(sources: tuple[str, ...]) -> str:
    return ", ".join(sources[:3]) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")


def _note(text: str) -> Markup:
    return tag("span", text, class_="note") if text else Markup("")


def _sentence(text: str) -> str:
    """The text with a full stop, and a capital where it does not begin with the name of a column."""
    if re.match(r"\w+: |\w*_", text):
        return text.rstrip(".") + "."
    return text and text[0].upper() + text[1:].rstrip(".") + "."
