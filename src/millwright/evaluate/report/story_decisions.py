"""Every decision with what it was drawn from, and the findings that led to none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from millwright.evaluate.report.figures import many
from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.story_time import action_words
from millwright.evaluate.report.story_words import clock, days, sentence
from millwright.evaluate.report.svg import shortened
from millwright.evaluate.report.symbols import icon
from millwright.records.deciding import Decision, Finding
from millwright.records.replaying import Story
from millwright.records.scoring import Scored

_MOST_DECISIONS, _MOST_NAMED, _MOST_FINDINGS, _SHORT = 70, 8, 80, 8
_MOST_LETTERS = 320

KIND: Mapping[str, str] = {
    "data_fault": "broken data",
    "covariate": "other inputs",
    "label": "other outcomes",
    "concept": "another relation",
    "serving": "serving",
}
"""The kinds of findings, in plain words."""

_MODE: Mapping[str, str] = {"advise": "only advised", "approve": "waits for a person"}


def decisions_section(story: Story) -> Markup:
    """Each decision: what, when, who, why, by which rule, and the arithmetic of the rule."""
    if not story.decisions:
        return section("Every decision", f"Nothing was decided: no look, one every {story.window}, gave a reason to.")
    by_id = {finding.id: finding for finding in story.findings}
    shown = story.decisions[:_MOST_DECISIONS]
    hidden = len(story.decisions) - len(shown)
    more = tag("p", f"And {hidden:,} more, which the catalogue holds.", class_="note") if hidden else ""
    lead = f"{many(len(story.decisions), 'decision')}. Each names the rule that led to it and what the rule looked at."
    scores = {scored.decision: scored for scored in story.scores}
    return section("Every decision", lead, *(_decision(one, by_id, story.zone, scores.get(one.number)) for one in shown), more)


def idle_findings(story: Story) -> list[Finding]:
    """The findings that no decision names."""
    named = {key for decision in story.decisions for key in _named(decision)}
    return [finding for finding in story.findings if finding.id not in named]


def findings_section(story: Story) -> Markup:
    """What was found and led to nothing, folded away where it is long."""
    idle = idle_findings(story)
    if not idle:
        return Markup("")
    rows = [_finding_row(finding, story.zone) for finding in idle[:_MOST_FINDINGS]]
    hidden = len(idle) - len(rows)
    more = tag("p", f"And {hidden:,} more.", class_="note") if hidden else ""
    listed = join(table(("window", "kind", "what was found"), rows), more)
    folded = tag("details", tag("summary", f"All {len(idle):,} of them"), listed) if len(idle) > _SHORT else listed
    lead = f"{many(len(idle), 'finding')} that no decision names: no rule acts on them, or its other conditions were not met."
    return section("Found, and left alone", lead, folded)


def _decision(one: Decision, findings: Mapping[str, Finding], zone: str, scored: Scored | None) -> Markup:
    head = tag(
        "p",
        tag("strong", f"{one.number} · {action_words(one)}"),
        tag("span", clock(one.event_at, zone), class_="when"),
        class_="head",
    )
    words = tag(
        "div",
        head,
        tag("p", _reason(one, findings)),
        tag("p", _by(one), class_="note"),
        _terms(one),
        _found(one, findings, zone),
        tag("p", f"Was it right? {sentence(_cut(f'{scored.proved}: {scored.sentence}'))}", class_="note") if scored else "",
    )
    return tag("div", icon(one.action), words, class_="decision")


def _reason(one: Decision, findings: Mapping[str, Finding]) -> str:
    """The reason as a sentence. One that is a finding's begins as that does, for it may begin with a column's name."""
    found = any(one.reason.startswith(findings[key].sentence) for key in _named(one) if key in findings)
    return sentence(_cut(one.reason), named=found)


def _by(one: Decision) -> str:
    parts = [f"Rule: {one.rule}" if one.rule else "", f"by {one.actor}", _MODE.get(one.mode or "", "")]
    follows = f"follows from decision {one.of}" if one.of is not None else ""
    return " · ".join(part for part in (*parts, follows) if part)


def _terms(one: Decision) -> Markup:
    """The conditions of the rule, folded away."""
    terms = [term for term in _list(one.evidence, "terms") if isinstance(term, Mapping)]
    if not terms:
        return Markup("")
    rows: list[tuple[str, ...]] = [
        (_text(term, "name"), _text(term, "value"), _text(term, "limit"), _holds(term)) for term in terms
    ]
    failing = sum(not term.get("holds") for term in terms)
    outcome = ("met" if len(terms) == 1 else "all met") if not failing else f"{failing} not met"
    shown = table(("condition", "found", "asked", ""), rows)
    return tag("details", tag("summary", f"{many(len(terms), 'condition')}, {outcome}"), shown, class_="terms")


def _found(one: Decision, findings: Mapping[str, Finding], zone: str) -> Markup:
    named = list(dict.fromkeys(_named(one)))
    items = [_finding(findings.get(key), key, one, zone) for key in named[:_MOST_NAMED]]
    hidden = len(named) - len(items)
    more = [tag("li", f"and {hidden:,} more")] if hidden > 0 else []
    return tag("ul", *items, *more, class_="found") if items else Markup("")


def _finding(finding: Finding | None, key: str, decision: Decision, zone: str) -> Markup:
    if finding is None:
        return tag("li", "a finding that is not in this record: ", tag("code", _cut(key)))
    # A reason often is the sentence of its finding: it need not be read twice.
    said = "as said above." if finding.sentence in decision.reason else sentence(_cut(finding.sentence), named=True)
    return tag("li", tag("strong", KIND[finding.kind]), f", {_window(finding, zone)}: {said}")


def _finding_row(finding: Finding, zone: str) -> tuple[str, ...]:
    return (_window(finding, zone), KIND[finding.kind], sentence(_cut(finding.sentence), named=True))


def _window(finding: Finding, zone: str) -> str:
    return days(finding.start or finding.since, finding.event_at, zone)


def _named(decision: Decision) -> Iterator[str]:
    return (str(key) for key in _list(decision.evidence, "findings"))


def _list(evidence: Mapping[str, Any], name: str) -> Sequence[Any]:
    """A list of the evidence; evidence is a record of many shapes, and what is of another shape is not shown."""
    found = evidence.get(name)
    return found if isinstance(found, list | tuple) else ()


def _text(term: Mapping[str, Any], name: str) -> str:
    return _cut(str(term.get(name, "")))


def _holds(term: Mapping[str, Any]) -> Markup:
    return tag("span", "met", class_="met") if term.get("holds") else tag("span", "not met", class_="unmet")


def _cut(text: str) -> str:
    return shortened(text, _MOST_LETTERS)
