"""The rules that find columns which could not be known when a prediction is made. Each is one pure function of a scene.

Direct rules need no other column's guilt; the rules of kin look at what the direct rules found. Each suspicion carries
its figure, so that a person can judge it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_names import actual_of, is_due, is_planned, outcome_words, plans_among, shared_affix
from millwright.data.leak_scene import Scene, Suspicion
from millwright.data.one_column import auc, missing_cells

GIVES_AWAY = 0.98
TOO_GOOD = {"AUC": 0.9, "balanced accuracy": 0.95, "R²": 0.95}
TELLING = {"AUC": 0.75, "balanced accuracy": 0.5, "R²": 0.25}
FEWEST_TO_WARN = 200
FEWEST_GAPS = 5
_SMALLEST_PART = 10

DirectRule = Callable[[Scene], Iterator[Suspicion]]
KinRule = Callable[[Scene, Sequence[Suspicion]], Iterator[Suspicion]]


def gives_away(scene: Scene) -> Iterator[Suspicion]:
    """A column that predicts the target all but perfectly on its own."""
    for name, score in scene.strengths.items():
        if score >= GIVES_AWAY:
            yield Suspicion(name, "leak", f"alone it gives {scene.target.name} away ({scene.says(name)} on rows not fitted)")
        elif scene.target.measure == "R²" and _is_threshold(scene, name):
            yield Suspicion(name, "leak", f"it is {scene.target.name} cut at a threshold (the two sides do not overlap)")


def _is_threshold(scene: Scene, name: str) -> bool:
    """Whether a two-valued column splits the numbers of the target into two ranges."""
    rare = _rare_side(scene, name)
    if rare is None or min(rare.sum(), (~rare).sum()) < _SMALLEST_PART:
        return False
    score = auc(scene.target.codes, rare)
    return max(score, 1 - score) >= 0.999


def adds_up(scene: Scene) -> Iterator[Suspicion]:
    """Two columns whose sum, difference, product or ratio is the target."""
    if scene.target.measure != "R²":
        return
    target = scene.target.codes
    for one, other in combinations(_closest_numbers(scene, 20), 2):
        a, b = (scene.columns[name][scene.labelled] for name in (one, other))
        for sign, result in _arithmetic(a, b):
            share = _share_equal(result, target)
            if share >= GIVES_AWAY:
                left, right = (other, one) if sign == "reversed -" else (one, other)
                sum_of = f"{left} {sign.split()[-1]} {right} = {scene.target.name} in {share:.1%} of {len(target)} rows"
                yield from (Suspicion(name, "leak", sum_of) for name in (one, other))


def _closest_numbers(scene: Scene, most: int) -> list[str]:
    """The number columns with several values, the ones that predict the target best first."""
    numbers = [n for n in scene.suspects if scene.columns[n].dtype == np.float64 and not np.isnan(scene.strengths[n])]
    varied = [n for n in numbers if scene.gaps[n].mean() < 0.5 and np.nanmin(scene.columns[n]) < np.nanmax(scene.columns[n])]
    return sorted(varied, key=lambda n: -scene.strengths[n])[:most]


def _arithmetic(a: NDArray[np.float64], b: NDArray[np.float64]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    with np.errstate(all="ignore"):
        yield "+", a + b
        yield "-", a - b
        yield "reversed -", b - a
        yield "×", a * b


def _share_equal(result: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """Of the rows with a result, the share where it is the target, to seven digits. 0 for a target of few values."""
    there = np.isfinite(result)
    if there.sum() < len(target) / 2 or len(np.unique(target[:1000])) < 10:
        return 0.0
    with np.errstate(all="ignore"):
        return float((np.abs(result - target)[there] <= 1e-5 * np.maximum(np.abs(target[there]), 1e-3)).mean())


def parts_of_target(scene: Scene) -> Iterator[Suspicion]:
    """Yes/no columns that each imply one class and together make up nearly all rows outside the most frequent class."""
    if scene.target.measure == "R²":
        return
    outside = scene.target.codes != scene.target.majority
    parts = {name: side for name in scene.suspects if (side := _implying_side(scene, name)) is not None}
    if len(parts) < 2 or not outside.any():
        return
    covered = float(np.logical_or.reduce(list(parts.values()))[outside].mean())
    if covered < 0.8:
        return
    together = f"{', '.join(parts)} make up {covered:.0%} of the rows that are not {_majority_name(scene)}"
    for name, side in parts.items():
        yield Suspicion(name, "leak", f"it is a part of {scene.target.name}: set in {side.sum()} rows of one class; {together}")
    for name in _like_the_parts(scene, list(parts)):
        yield Suspicion(name, "leak", f"it is named and filled like {', '.join(parts)}, which are parts of {scene.target.name}")


def _implying_side(scene: Scene, name: str) -> NDArray[np.bool_] | None:
    """The rows on the rare side of a yes/no column, where at least 95% of them are of one class, not the commonest."""
    side = _rare_side(scene, name)
    if side is None or side.sum() < _SMALLEST_PART or side.mean() > 0.5:
        return None
    classes = np.bincount(scene.target.codes[side].astype(np.int64))
    best = int(classes.argmax())
    return side if best != scene.target.majority and classes[best] >= 0.95 * side.sum() else None


def _like_the_parts(scene: Scene, parts: list[str]) -> Iterator[str]:
    """Other yes/no columns whose names follow the pattern of the parts, beside them in the file, and as rarely set."""
    affix = shared_affix(parts)
    places = [scene.suspects.index(name) for name in parts]
    for place, name in enumerate(scene.suspects):
        near = min(places) - 1 <= place <= max(places) + 1
        alike = bool(affix) and (name.endswith(affix) or name.startswith(affix)) and len(name) <= max(map(len, parts))
        if near and alike and name not in parts and (side := _rare_side(scene, name)) is not None and side.mean() < 0.5:
            yield name


def _rare_side(scene: Scene, name: str) -> NDArray[np.bool_] | None:
    """Of a column with two values, the labelled rows with the rarer one; None where it has not two."""
    values = scene.columns[name][scene.labelled]
    gone = missing_cells(values)
    if values.dtype == np.int64 or gone.all():
        return None
    there = values[~gone]
    first = there[0]
    others = there[there != first]
    if not len(others) or (others != others[0]).any():
        return None
    rare = first if 2 * len(others) > len(there) else others[0]
    return np.asarray((values == rare) & ~gone, dtype=bool)


def _majority_name(scene: Scene) -> str:
    return repr(scene.target.classes[scene.target.majority])


def tells_labelled(scene: Scene) -> Iterator[Suspicion]:
    """A two-valued column that says whether the target was ever recorded: known when the target is, not before."""
    unlabelled = ~scene.labelled
    if unlabelled.sum() < FEWEST_GAPS:
        return
    for name in scene.suspects:
        values = scene.columns[name]
        if scene.gaps[name].any() or values.dtype == np.int64:
            continue
        with_target, without = values[scene.labelled], values[unlabelled]
        if with_target[0] != without[0] and (with_target == with_target[0]).all() and (without == without[0]).all():
            missing = f"the {unlabelled.mean():.2%} of rows without {scene.target.name}"
            yield Suspicion(name, "known_later", f"it has one value in {missing} and another in all the others")


def actual_beside_plan(scene: Scene) -> Iterator[Suspicion]:
    """A column that records what another one planned: dep_time beside sched_dep_time."""
    plans = plans_among(list(scene.columns))
    for name in scene.suspects:
        plan = actual_of(name, plans)
        if plan is not None and plan != scene.target.name:
            yield Suspicion(name, "known_later", f"it records what {plan} plans, so it is known only after the event")


def later_date(scene: Scene) -> Iterator[Suspicion]:
    """A date that mostly lies after the row's own time, unless its name says that it was set beforehand."""
    if scene.time is None:
        return
    for name in scene.suspects:
        values = scene.columns[name]
        if values.dtype != np.int64 or is_due(name):
            continue
        both = ~scene.gaps[name] & ~missing_cells(scene.time)
        share = float((values[both] > scene.time[both]).mean()) if both.any() else 0.0
        if share > 0.5:
            yield Suspicion(name, "known_later", f"in {share:.0%} of rows it lies after the row's own time")


def outcome_name(scene: Scene) -> Iterator[Suspicion]:
    """A column named like an outcome that also predicts the target well."""
    for name in scene.suspects:
        said = outcome_words(name)
        if said and TOO_GOOD[scene.target.measure] <= scene.strengths[name] < GIVES_AWAY:
            yield Suspicion(name, "known_later", f"its name speaks of an outcome ('{min(said)}') and {_predicts(scene, name)}")


def named_like_a_leak(scene: Scene, found: Sequence[Suspicion]) -> Iterator[Suspicion]:
    """A telling column that shares a word for an outcome with a column already found: dep_delay beside arr_delay."""
    stopped = _columns_stopped(found)
    leaks = stopped | set(scene.known_leaks)
    for name in scene.suspects:
        if name in stopped:
            continue
        said = outcome_words(name)
        like = next((leak for leak in sorted(leaks) if said & outcome_words(leak)), None)
        if like and scene.strengths[name] >= TELLING[scene.target.measure]:
            yield Suspicion(name, "known_later", f"{_predicts(scene, name)} and it is named like {like}, known only afterwards")


def gaps_of_a_leak(scene: Scene, found: Sequence[Suspicion]) -> Iterator[Suspicion]:
    """A column whose gaps lie only where a leak's or the target's lie: it is written down together with them."""
    leaks = sorted((_columns_stopped(found) & set(scene.suspects)) | set(scene.known_leaks))
    references = {scene.target.name: ~scene.labelled} | {leak: scene.gaps[leak] for leak in leaks}
    given_away = {suspicion.column for suspicion in found if suspicion.kind == "leak"}
    written_late = any(_lie_in(scene.gaps[leak], ~scene.labelled) for leak in leaks)
    for name in scene.suspects:
        like = next((r for r, gaps in references.items() if r != name and _lie_in(scene.gaps[name], gaps)), None)
        if like is None or is_planned(name) or name in given_away:
            continue
        stop = like != scene.target.name or written_late
        mine, theirs = (f"{gaps.mean():.2%} of rows" for gaps in (scene.gaps[name], references[like]))
        reason = f"its gaps ({mine}) lie only where {like} has gaps ({theirs}): both are written down together"
        yield Suspicion(name, "known_later", reason, "stop" if stop else "warning")


def too_good(scene: Scene, found: Sequence[Suspicion]) -> Iterator[Suspicion]:
    """A column that predicts the target suspiciously well, without other evidence."""
    if len(scene.target.codes) < FEWEST_TO_WARN:
        return
    for name in set(scene.suspects) - _columns_stopped(found):
        if scene.strengths[name] >= TOO_GOOD[scene.target.measure]:
            reason = f"{_predicts(scene, name)}: make sure that it is known when the prediction is made"
            yield Suspicion(name, "leak", reason, "warning")


DIRECT: tuple[DirectRule, ...] = (
    gives_away,
    adds_up,
    parts_of_target,
    tells_labelled,
    actual_beside_plan,
    later_date,
    outcome_name,
)
KIN: tuple[KinRule, ...] = (named_like_a_leak, gaps_of_a_leak, too_good)


def _lie_in(gaps: NDArray[np.bool_], others: NDArray[np.bool_]) -> bool:
    """Whether there are gaps, all but 1% of them lie in the others, and they are at least half of the others."""
    count, reference = int(gaps.sum()), int(others.sum())
    if count < FEWEST_GAPS or reference > len(others) / 2:
        return False
    inside = int((gaps & others).sum())
    return inside >= 0.99 * count and inside >= 0.5 * reference


def _predicts(scene: Scene, name: str) -> str:
    return f"alone it predicts {scene.target.name} with {scene.says(name)}"


def _columns_stopped(found: Sequence[Suspicion]) -> set[str]:
    return {suspicion.column for suspicion in found if suspicion.severity == "stop"}
