"""The end of the report: the gates with their evidence, what cannot be concluded, what to do next, and the identities."""

from collections.abc import Iterator

from millwright.evaluate.report.figures import many, moment, number
from millwright.evaluate.report.html import Markup, section, tag
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.quality import surely_worse
from millwright.evaluate.report.words import spoken
from millwright.records.imported import UNKNOWN_ROWS
from millwright.records.judging import GateResult
from millwright.records.measuring import say_evaluators
from millwright.records.spec import VALUES

_CHIP = {"passed": "Passed", "failed": "Failed", "inconclusive": "Undecided"}
_FEW_ROWS = 1000


def gates(report: ReportInput) -> Markup:
    """Each condition, what was found, and what follows."""
    results = report.verdict.gates
    met = sum(gate.state == "passed" for gate in results)
    lead = f"{met} of {many(len(results), 'condition')} met. All must be, and what cannot be told is not met."
    return section("The conditions for going live", lead, *(_gate(gate) for gate in results))


def limits_section(report: ReportInput) -> Markup:
    """What these figures do not say."""
    return section("What this does not say", "", tag("ul", *(tag("li", limit) for limit in limits(report))))


def limits(report: ReportInput) -> Iterator[str]:
    """The limits of the evidence, from the evidence itself."""
    if report.candidate.imported is not None:
        yield from _of_imported(report)
    evaluation, split = report.evaluation, report.split
    if report.refit is not None:
        yield "What ships has learnt from the rows it was judged on too: how good that is, only later rows can say."
    if split.holdout_from:
        yield f"The figures are of {moment(split.holdout_from)} to {moment(split.holdout_until)}: no later change is in them."
    else:
        yield "The sealed rows were drawn from the same time as the others: how it does on later rows was not tested."
    if evaluation.rows < _FEW_ROWS:
        yield f"Only {evaluation.rows:,} rows were judged: the intervals are wide, and mean it."
    weak = [f"{s.column} = {s.group}" for s in evaluation.slices if s.metric == evaluation.metric and surely_worse(report, s)]
    if weak:
        more = f" and {many(len(weak) - 5, 'more group')}" if len(weak) > 5 else ""
        yield f"It is surely worse than its average where {', '.join(weak[:5])}{more}."
    if evaluation.tries > 1:
        yield f"These rows have judged {evaluation.tries} candidates; each further try makes a lucky one likelier."
    accepted = [check.code for check in report.checks if check.acknowledged and check.severity == "stop"]
    if accepted:
        yield f"Checks that would have stopped it were accepted by a person: {', '.join(accepted)}."
    yield "It was learnt from what was observed: it says what to expect, not what would happen if something were changed."
    yield "Times to answer were measured on the machine that packed it."


def _of_imported(report: ReportInput) -> Iterator[str]:
    yield f"{UNKNOWN_ROWS[0].upper()}{UNKNOWN_ROWS[1:]}."
    if report.info.task in VALUES:
        yield "Its intervals come from rows that it may have learnt from: where it has, they are too narrow."
    else:
        yield "What it says is not changed: its probabilities were looked at, not calibrated."


def next_section(report: ReportInput) -> Markup:
    """What to do now."""
    return section("What next", "", tag("ul", *(tag("li", step) for step in next_steps(report))))


def next_steps(report: ReportInput) -> Iterator[str]:
    """What to do now, by the verdict."""
    state = report.verdict.state
    if state == "passed":
        if report.refit is not None and report.refit.in_shadow_first:
            yield "Let it answer in shadow first (mw promote --to shadow), then make it live with mw promote."
        elif report.spec.release.mode == "auto" and report.candidate.imported is None:
            yield "Nothing: release.mode is auto, so it goes live by itself."
        else:
            yield "Make it live with mw promote; mw up then serves it and keeps every answer."
        yield "Send what came true as labels: only then can be said whether it stays this good."
    elif state == "inconclusive":
        yield "Bring more labelled rows, above all recent ones, and train again: the intervals narrow with the root of n."
        yield "Or, knowing this, a person may promote it by name with a reason, which is recorded."
    else:
        yield "Do not release it. The live model, if there is one, stays."
        yield "Look at the columns that are not used, and for better ones; then train again."


def identities(report: ReportInput) -> Markup:
    """What exactly was judged, by digest."""
    evaluation = report.evaluation
    rows = {
        "payload": evaluation.payload_digest,
        "payload of the refit, which ships": report.refit.payload_digest if report.refit else "",
        "snapshot": report.snapshot.digest,
        "size": f"{evaluation.size_bytes / 1e6:.2f} MB",
        "batch speed": f"{number(report.timings.batch_rows_per_second)} rows a second on {report.timings.machine}",
        "one row": say_evaluators(report.timings.evaluators),
        "metric searched for": spoken(report.candidate.metric),
    }
    lines = [tag("div", f"{name}: ", tag("code", value)) for name, value in rows.items() if value]
    return tag("footer", *lines)


def _gate(gate: GateResult) -> Markup:
    chip = tag("span", _CHIP[gate.state], class_=f"verdict {gate.state}")
    words = tag("div", tag("p", tag("strong", gate.gate)), tag("p", gate.evidence, class_="note"))
    return tag("div", chip, words, class_="gate")
