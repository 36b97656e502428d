"""Why a metric changed between labelled rows of before and of now."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.path import Draws, Way, interval_of_draws, score_of, stops_of, walk
from millwright.attribute.relation import Changed, residuals, where_changed
from millwright.attribute.rows import MOST_ROWS, Answer, LabelledRows, Terms
from millwright.attribute.search import LABEL, Sides, search
from millwright.attribute.sentences import sentence_of, sure
from millwright.attribute.weighing import effective, raked_each, thin
from millwright.records.attributing import Attribution, ColumnPart, KindPart, SlicePart
from millwright.records.deciding import FindingKind
from millwright.records.judging import Interval

Array = NDArray[Any]

FEWEST_ROWS = 200
MOST_SLICES = 3
SAME_ANSWER = 1e-6
LEAST_SERVED = 0.005
"""The share of rows that must have been answered otherwise than the model answers them."""
APART = "{:.1%} of the rows lie where there were none before"
_ORDER: Sequence[FindingKind] = ("data_fault", "label", "covariate", "concept", "serving")


def attribute(before: LabelledRows, now: LabelledRows, answer: Answer | None, terms: Terms) -> Attribution:
    """Split the change of `terms.metric` from `before` to `now` into what broken feeds, another share of outcomes, other
    inputs, another relation between inputs and outcomes, and the serving have done.

    answer: what the model says of rows, asked again for rows that are broken as those of now are; None where it cannot be
    asked, and then the change is told and not split. Where the change is not
    beyond noise, nothing is attributed. The same rows and seed give the same answer.
    """
    many = max(len(before), len(now))
    before, now = before.sample(), now.sample()
    draws = Draws.of(before.groups(terms.seed), now.groups(terms.seed + 1), terms.seed)
    whole = _whole(before, now, terms, draws)
    found = replace(whole, sampled=MOST_ROWS if many > MOST_ROWS else None)
    if whole.changed and answer is not None:
        found = _split(found, before, now, answer, terms, draws)
    return replace(found, sentence=sentence_of(found))


def _whole(before: LabelledRows, now: LabelledRows, terms: Terms, draws: Draws) -> Attribution:
    """The metric on both sides and the change, without its parts."""
    groups, groups_now = before.groups(terms.seed), now.groups(terms.seed + 1)
    scores = score_of(terms, before.y, before.said), score_of(terms, now.y, now.said)
    drawn = [(scores[0](mine), scores[1](theirs)) for _, mine, theirs in draws.weights(groups, groups_now)]
    was, is_ = (np.concatenate(side) for side in zip(*drawn, strict=True))
    change = interval_of_draws(is_ - was, terms.level, len(now), draws.blocks)
    few = min(len(before), len(now)) < FEWEST_ROWS
    open_ = change.low is None or change.high is None
    cannot = (f"{min(len(before), len(now)):,} labelled rows on one side are too few: it takes {FEWEST_ROWS}",) if few else ()
    if open_ and not few:
        cannot = (f"{draws.blocks} blocks of rows are too few to say what is noise: it takes 5",)
    return Attribution(
        metric=terms.metric.name,
        goal=terms.metric.goal,
        before=interval_of_draws(was, terms.level, len(before), draws.before.shape[1]),
        now=interval_of_draws(is_, terms.level, len(now), draws.now.shape[1]),
        change=change,
        changed=not few and sure(change),
        reference_rows=len(before),
        rows=len(now),
        cannot=cannot,
    )


def _split(
    found: Attribution, before: LabelledRows, now: LabelledRows, answer: Answer, terms: Terms, draws: Draws
) -> Attribution:
    again = answer(now.columns)
    sides = search(before, now.answered(again), before.said, answer, classes=terms.classes, seed=terms.seed)
    counting = effective(sides.weights()) if sides.margins else None
    lacking = thin(sides.weights(), sides.among) if sides.margins else ""
    if lacking:
        sides.chosen = []
    way = walk(stops_of(before, now, sides, terms, served=_served(now.said, again)), sides, draws, terms.level)
    parts = tuple(_kinds(way))
    kinds = tuple(one for one in parts if not lacking or one.kind != "concept")
    leading = _leading(parts, found.change)
    leading = None if lacking and leading == "concept" else leading
    changed = [] if lacking else list(_relation(sides, before, terms))
    return replace(
        found,
        kinds=kinds,
        undivided=next((one.part for one in parts if one not in kinds), None),
        leading=leading,
        columns=(*_columns(way, sides), *_concept_columns(changed, sides, now, terms, draws)),
        slices=tuple(_slices(changed, sides, now, terms, draws)),
        effective_rows=counting,
        left_out=sides.left_out,
        cannot=tuple(_cannot(lacking, leading)),
    )


def _served(said: Array, again: Array) -> bool:
    """Whether rows were answered otherwise than the model answers them."""
    near = SAME_ANSWER * max(1.0, float(np.std(again)))
    off = np.abs(said - again).reshape(len(said), -1).max(axis=1) > near
    return bool(off.mean() >= LEAST_SERVED)


def _kinds(way: Way) -> Iterator[KindPart]:
    steps = way.steps()
    for kind in _ORDER:
        places = [at for at, stop in enumerate(way.stops[1:]) if stop.kind == kind]
        if places:
            yield KindPart(kind=kind, part=way.interval(steps[:, places].sum(axis=1)))


def _leading(kinds: Sequence[KindPart], change: Interval) -> FindingKind | None:
    """The kind that did most of what was done, of those whose part is beyond noise and goes the same way."""
    way = np.sign(change.value or 0.0)
    told = [one for one in kinds if sure(one.part) and np.sign(one.part.value or 0.0) == way]
    return max(told, key=lambda one: abs(one.part.value or 0.0)).kind if told else None


def _cannot(lacking: str, leading: FindingKind | None) -> Iterator[str]:
    if lacking:
        yield f"other inputs and another relation cannot be told apart: {lacking}"
    elif leading is None:
        yield "no part alone is beyond noise"


def _columns(way: Way, sides: Sides) -> Iterator[ColumnPart]:
    steps = way.steps()
    faults = {fault.column: fault for fault, _ in sides.faults}
    for at, stop in enumerate(way.stops[1:]):
        part = way.interval(steps[:, at])
        if stop.kind == "data_fault":
            fault = faults[stop.column]
            yield ColumnPart(
                column=fault.column, kind="data_fault", part=part, evidence=fault.evidence, sentence=fault.sentence,
                fault=fault.fault, with_column=fault.with_column,
            )  # fmt: skip
        elif stop.kind == "covariate":
            said = APART.format(1 - sides.among.mean()) if stop.now else _moved(sides, stop.column)
            evidence, alike = sides.evidence[stop.column], sides.alike[stop.column]
            yield ColumnPart(column=stop.column, kind="covariate", part=part, evidence=evidence, sentence=said, alike=alike)


def _moved(sides: Sides, name: str) -> str:
    """The bin whose share moved most."""
    bins = sides.bins[name]
    was, now = (np.bincount(side, minlength=bins.bins) / len(side) for side in (bins.before, bins.now))
    most = int(np.abs(now - was).argmax())
    return f"{bins.names[most]} is {now[most]:.1%} of the rows, {was[most]:.1%} before"


def _relation(sides: Sides, before: LabelledRows, terms: Terms) -> Iterator[Changed]:
    names = [name for name in sides.bins if name != LABEL and name not in sides.left_out]
    found = residuals(before.y, sides.said, sides.now.y, sides.now.said, classes=terms.classes)
    return where_changed(sides, found, names)


def _concept_columns(
    changed: Sequence[Changed], sides: Sides, now: LabelledRows, terms: Terms, draws: Draws
) -> Iterator[ColumnPart]:
    for one in changed:
        bins = sides.bins[one.column]
        part = _undone(one.column, one.groups, sides, now, terms, draws)
        named = ", ".join(bins.names[group] for group in one.groups[:MOST_SLICES])
        more = f" and {len(one.groups) - MOST_SLICES} more groups" if len(one.groups) > MOST_SLICES else ""
        said = f"rows alike come out otherwise than before where it is {named}{more}" if named else "outcomes changed along it"
        yield ColumnPart(column=one.column, kind="concept", part=part, evidence=one.evidence, sentence=said, alike=one.alike)


def _slices(changed: Sequence[Changed], sides: Sides, now: LabelledRows, terms: Terms, draws: Draws) -> Iterator[SlicePart]:
    ranked = sorted(((float(one.gaps.size[group]), one, int(group)) for one in changed for group in one.groups), key=_first)
    for _, one, group in ranked[:MOST_SLICES]:
        bins = sides.bins[one.column]
        rows = int((bins.now == group).sum())
        value, reach = float(one.gaps.gap[group]), one.limit * float(one.gaps.error[group])
        gap = Interval(value=value, low=value - reach, high=value + reach, n=rows, level=terms.level)
        part = _undone(one.column, np.array([group]), sides, now, terms, draws)
        if not sure(part):
            continue
        low, high = bins.bounds_of(group)
        yield SlicePart(column=one.column, group=bins.names[group], low=low, high=high, rows=rows, gap=gap, part=part)


def _first(ranked: tuple[float, Changed, int]) -> float:
    return -ranked[0]


def _undone(column: str, groups: Array, sides: Sides, now: LabelledRows, terms: Terms, draws: Draws) -> Interval:
    """What the change in some groups has done: the metric of now less that with rows of before, weighted, in their place."""
    bins = sides.bins[column]
    inside, inside_now = (np.isin(side, groups) for side in (bins.before, bins.now))
    y, said = np.concatenate([sides.y[inside], now.y]), np.concatenate([sides.said[inside], sides.now.said])
    score = score_of(terms, y, said)
    done, among = np.empty(len(draws.before)), sides.among
    for some, mine, theirs in draws.weights(sides.groups, sides.groups_now):
        stand = raked_each(sides.margins, mine, theirs * among)[:, inside]
        stand *= theirs[:, inside_now].sum(axis=1, keepdims=True) / np.maximum(stand.sum(axis=1, keepdims=True), 1e-12)
        there, instead = np.hstack([0 * stand, theirs]), np.hstack([stand, np.where(inside_now, 0.0, theirs)])
        done[some] = score(there) - score(instead)
    return interval_of_draws(done, terms.level, len(now), draws.blocks)
