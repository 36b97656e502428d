"""What happened when: one picture along time, and the same as a table."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.lanes import Band, Bar, Lane, Sign, lanes_plot
from millwright.evaluate.report.story_words import brief, carried_out, clock, days
from millwright.evaluate.report.svg import shortened
from millwright.evaluate.report.symbols import icon
from millwright.evaluate.report.two_widths import ROOMY, at_two_widths
from millwright.records.deciding import Decision, Finding
from millwright.records.replaying import Life, Story, Trial

_MOST_SIGNS, _MOST_ROWS, _MOST_LETTERS, _MOST_SENTENCES = 70, 150, 160, 4

_ABOUT: Mapping[str, str] = {
    "rollback": "Go back to v{}",
    "abort": "Break off v{}",
    "shadow": "Try v{} in shadow",
    "canary": "Try v{} in canary",
    "hold": "Hold, v{} stays",
    "alert": "Alert on v{}",
}
_SIGN: Mapping[str, str] = {"rollback": "go back", "abort": "break off", "shadow": "to shadow", "canary": "to canary"}


def time_line(story: Story) -> Markup:
    """Versions, trials, faults and decisions along one axis."""
    if story.end <= story.start:
        return Markup("")
    return section(
        "What happened when",
        "Which version answered, what was tried beside it, what was found broken, and every decision by its number.",
        tag("div", at_two_widths(lambda width: _picture(story, width)), _key(story), _left_out(story), class_="panel"),
        time_table(story),
    )


def one_time_line(story: Story) -> Markup:
    """The same picture at one width, without a title."""
    if story.end <= story.start:
        return Markup("")
    return tag("div", _picture(story, ROOMY), _key(story), _left_out(story), class_="panel")


def _picture(story: Story, width: float) -> Markup:
    said = f"Time line from {days(story.start, story.end, story.zone)}: " + "; ".join(_said(story))
    bands = [Band(start, until, words, f"{words}: {days(start, until, story.zone)}") for start, until, words in story.injected]
    return lanes_plot(tuple(_lanes(story)), bands, story.start, story.end, said, zone=story.zone, width=width)


def action_words(decision: Decision) -> str:
    """What was decided, in two words: Promote v2."""
    if decision.version is None:
        return decision.action.capitalize()
    return _ABOUT.get(decision.action, f"{decision.action.capitalize()} v{{}}").format(decision.version)


def fault_spans(findings: tuple[Finding, ...]) -> list[tuple[datetime, datetime, list[Finding]]]:
    """The times in which broken data was found, windows that touch taken together. Worse answers to rows that were broken are
    no fault of their own: they come to light when the feed may long be whole again."""
    spans: list[tuple[datetime, datetime, list[Finding]]] = []
    faults = sorted(
        (f for f in findings if f.kind == "data_fault" and f.check != "decay"),
        key=lambda f: (f.start or f.since, f.event_at, f.id),
    )
    for fault in faults:
        start = fault.start or fault.since
        if spans and start <= spans[-1][1]:
            first, until, found = spans.pop()
            spans.append((first, max(until, fault.event_at), [*found, fault]))
        else:
            spans.append((start, fault.event_at, [fault]))
    return spans


def _lanes(story: Story) -> Iterator[Lane]:
    yield Lane("live", tuple(_life(life, story) for life in story.lives))
    if story.trials:
        yield Lane("tried beside it", tuple(_trial(trial, story) for trial in story.trials))
    faults = fault_spans(story.findings)
    if faults:
        yield Lane("broken data", tuple(_fault(*span, story) for span in faults))
    if story.decisions:
        yield Lane("decided", signs=tuple(_sign(one, story) for one in story.decisions[:_MOST_SIGNS]))


def _life(life: Life, story: Story) -> Bar:
    until = life.until or story.end
    return Bar(life.start, until, f"v{life.version}", "live", f"v{life.version} live {_span(life, story)}: {life.reason}")


def _trial(trial: Trial, story: Story) -> Bar:
    said = f"v{trial.version} in {trial.stage} {_span(trial, story)}"
    return Bar(trial.start, trial.until or story.end, f"v{trial.version}", trial.stage, said, hatched=trial.stage == "shadow")


def _fault(start: datetime, until: datetime, found: list[Finding], story: Story) -> Bar:
    said = f"broken data found in {days(start, until, story.zone)}: " + "; ".join(_sentences(found))
    return Bar(start, until, "", "fault", said)


def _sign(decision: Decision, story: Story) -> Sign:
    why = shortened(decision.reason, _MOST_LETTERS)
    said = f"{decision.number}: {action_words(decision)}, {clock(decision.event_at, story.zone)}: {why}"
    return Sign(decision.event_at, decision.action, str(decision.number), said)


def _span(lasted: Life | Trial, story: Story) -> str:
    if lasted.until is None:
        return f"from {clock(lasted.start, story.zone)} to the end"
    return f"from {clock(lasted.start, story.zone)} to {clock(lasted.until, story.zone)}"


def _sentences(found: list[Finding]) -> list[str]:
    """What was said, each once, as far as there is room for it."""
    said = list(dict.fromkeys(shortened(finding.sentence, _MOST_LETTERS) for finding in found))
    more = [f"and {len(said) - _MOST_SENTENCES:,} more"] if len(said) > _MOST_SENTENCES else []
    return [*said[:_MOST_SENTENCES], *more]


def _said(story: Story) -> Iterator[str]:
    for life in story.lives:
        yield f"v{life.version} live {_span(life, story)}"
    yield f"{len(story.trials)} trials, {len(story.decisions)} decisions"
    for start, until, words in story.injected:
        yield f"{words} {days(start, until, story.zone)}"


def _key(story: Story) -> Markup:
    """What the signs and strokes mean: only those that occur."""
    stages = dict.fromkeys(trial.stage for trial in story.trials)
    swatches = [join(tag("span", class_=f"swatch {stage}"), f"tried in {stage}") for stage in stages]
    if story.injected:
        swatches.append(join(tag("span", class_="swatch injected"), "fault put in on purpose"))
    actions = dict.fromkeys(decision.action for decision in story.decisions)
    signs = [join(icon(action), _SIGN.get(action, action)) for action in actions]
    return join(*(tag("p", *(tag("span", one) for one in row), class_="key") for row in (swatches, signs) if row))


def _left_out(story: Story) -> Markup:
    if len(story.decisions) <= _MOST_SIGNS:
        return Markup("")
    return tag("p", f"The picture holds the first {_MOST_SIGNS} of {len(story.decisions):,} decisions.", class_="note")


def time_table(story: Story) -> Markup:
    """The same as a table, folded away."""
    events = sorted(_events(story), key=lambda event: (event[0], event[1]))
    rows: list[tuple[str, ...]] = [(brief(start, story.zone), until, words) for start, _, until, words in events[:_MOST_ROWS]]
    hidden = len(events) - len(rows)
    more = tag("p", f"And {hidden:,} more.", class_="note") if hidden > 0 else ""
    return tag(
        "details",
        tag("summary", "The time line as a table"),
        tag("div", table(("from", "to", "what"), rows), class_="when-table"),
        more,
    )


def _events(story: Story) -> Iterator[tuple[datetime, int, str, str]]:
    """Start, rank, end and words of everything that the picture shows."""
    zone = story.zone
    for life in story.lives:
        words = f"v{life.version} live, by {life.actor}: {life.reason}"
        yield life.start, 0, brief(life.until, zone) if life.until else "the end", words
    for trial in story.trials:
        yield trial.start, 1, brief(trial.until, zone) if trial.until else "the end", f"v{trial.version} in {trial.stage}"
    for start, until, words in story.injected:
        yield start, 2, brief(until, zone), f"put in on purpose: {words}"
    for start, until, found in fault_spans(story.findings):
        yield start, 3, brief(until, zone), f"broken data found: {'; '.join(_sentences(found))}"
    for one in story.decisions:
        aside = "" if carried_out(one) else f" ({one.mode})"
        yield one.event_at, 4, "", f"decision {one.number}: {action_words(one)}{aside}"
