"""A rehearsal in a terminal."""

from collections.abc import Iterator

from millwright.cli.output import counted, table
from millwright.loop.explaining import action_of
from millwright.records.figures import Sign, fixed
from millwright.records.judging import Interval
from millwright.records.rehearsing import Advice, FaultMet, Rehearsal
from millwright.records.replaying import Way

MOST_DECISIONS, MOST_LETTERS = 30, 140


def lines_of(rehearsal: Rehearsal) -> Iterator[str]:
    """The rehearsal for a person: what was decided, every way beside the others, and how faults were met."""
    story = rehearsal.story
    yield f"{story.start:%Y-%m-%d} to {story.end:%Y-%m-%d}: {counted(story.predictions, 'row')} answered, " + (
        f"{counted(story.labels, 'label')} told, after {counted(rehearsal.history, 'row')} to learn from."
    )
    yield ""
    yield from _decisions(rehearsal)
    head = ["way", "retrains", *(words for title in story.titles.values() for words in (title, "the policy better by"))]
    yield table([_way(rehearsal, way) for way in story.ways], head)
    yield "in brackets: where the figure lies with 95 % confidence, days resampled whole"
    yield from _share(rehearsal)
    if rehearsal.faults:
        yield ""
        yield table([_fault(fault) for fault in rehearsal.faults], ["put in", "found", "after", "held", "retrains on it"])
    yield from _advice(rehearsal)
    yield ""
    yield from (f"note: {line}" for line in (*rehearsal.changed, *rehearsal.remarks))
    yield _seconds(rehearsal)
    yield f"The whole story: {rehearsal.report}"
    yield f"Ask on: mw -C {rehearsal.folder} explain-decision 1"


def _decisions(rehearsal: Rehearsal) -> Iterator[str]:
    decided = rehearsal.story.decisions
    for one in decided[:MOST_DECISIONS]:
        reason = one.reason if len(one.reason) <= MOST_LETTERS else one.reason[: MOST_LETTERS - 1] + "…"
        yield f"{one.number:>4}  {one.event_at:%Y-%m-%d}  {action_of(one)}: {reason}"
    if len(decided) > MOST_DECISIONS:
        yield f"      and {len(decided) - MOST_DECISIONS} more: `mw -C {rehearsal.folder} decisions`"
    yield "" if decided else "Nothing was decided.\n"


def _way(rehearsal: Rehearsal, way: Way) -> list[str]:
    gaps = {gap.metric: gap.difference for gap in rehearsal.story.gaps if gap.against == way.name}
    cells = [way.title, f"{way.retrains}"]
    for metric in rehearsal.story.titles:
        cells += [_interval(way.overall[metric]), _interval(gaps[metric], "+") if metric in gaps else ""]
    return cells


def _interval(found: Interval, sign: Sign = "") -> str:
    if found.value is None:
        return "-"
    value, low, high = (None if end is None else round(end, 4) + 0.0 for end in (found.value, found.low, found.high))
    return fixed(value, sign) + ("" if low is None or high is None else f" [{fixed(low, sign)} to {fixed(high, sign)}]")


def _share(rehearsal: Rehearsal) -> Iterator[str]:
    share = rehearsal.share
    if share is None:
        return
    if share.closed is None:
        yield "the best moments to retrain, known afterwards, would have won nothing over never retraining"
    else:
        yield f"of what the oracle would have won over never retraining, {share.won}"


def _fault(fault: FaultMet) -> list[str]:
    if fault.found_at is None:
        found, after = "no", "-"
    else:
        found, after = f"{fault.found_at:%Y-%m-%d}", counted((fault.found_at - fault.start).days, "day")
    return [fault.text, found, after, "yes" if fault.held else "no", f"{fault.retrains}"]


def _advice(rehearsal: Rehearsal) -> Iterator[str]:
    if not rehearsal.advice:
        return
    title = next(iter(rehearsal.story.titles.values()))
    yield ""
    yield table([_policy(one) for one in rehearsal.advice], ["policy", "retrains", title, "better than the spec's by"])
    chosen = next((one for one in rehearsal.advice if one.advised), None)
    if chosen is None:
        yield "No policy could be judged: no labels."
    elif not chosen.lines:
        yield "Advice: leave the spec as it is: no cheaper policy is as good."
    else:
        yield f"Advice: {chosen.name}. Lines of the spec to change:"
        yield from (f"  {line}" for line in chosen.lines)


def _policy(one: Advice) -> list[str]:
    value = "-" if one.value is None else fixed(one.value)
    name = f"{one.name} (advised)" if one.advised else one.name
    return [name, f"{one.retrains}", value, _interval(one.difference, "+") if one.difference else ""]


def _seconds(rehearsal: Rehearsal) -> str:
    parts = ", ".join(f"{name} {value:.0f} s" for name, value in rehearsal.seconds.items())
    return f"Took {parts}; kept from earlier rehearsals: {counted(rehearsal.kept, 'step')}."
