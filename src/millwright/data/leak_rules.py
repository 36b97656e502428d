"""The rules that find columns which could not be known when a prediction is made. Each is one pure function of a scene.

These need no other column's guilt; `leak_kin` looks at what they found. Each suspicion carries its figure, so that a person
can judge it.
"""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_names import actual_of, is_due, plans_among, shared_affix
from millwright.data.leak_scene import Scene, Suspicion
from millwright.data.one_column import auc, missing_cells

GIVES_AWAY = 0.98
PERFECT = 0.999
TOO_GOOD = {"AUC": 0.9, "balanced accuracy": 0.95, "R²": 0.95}
FEWEST_GAPS = 5
_SMALLEST_PART = 10

DirectRule = Callable[[Scene], Iterator[Suspicion]]


def gives_away(scene: Scene) -> Iterator[Suspicion]:
    """A column that predicts the target all but perfectly on its own.

    Short of perfect it must also leave at most a third of the error of the best ordinary column: where several columns come
    close, the problem is an easy one (network attacks), and `too_good` warns.
    """
    ordinary = max((score for score in scene.strengths.values() if score < GIVES_AWAY), default=0.0)
    enough = min(max(GIVES_AWAY, 1 - (1 - ordinary) / 3), PERFECT)
    for name, score in scene.strengths.items():
        if score >= enough:
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


def actual_less_plan(scene: Scene) -> Iterator[Suspicion]:
    """A number that is mostly the difference of what happened and what was planned, such as a delay in minutes."""
    plans = plans_among(list(scene.columns))
    pairs = [(name, plan) for name in scene.columns if (plan := actual_of(name, plans))]
    numbers = [name for name in scene.suspects if scene.columns[name].dtype == np.float64]
    for actual, plan in pairs:
        gap = _difference(scene.columns[actual], scene.columns[plan])
        for name in numbers:
            share = 0.0 if gap is None or name in (actual, plan) else _share_of_difference(scene.columns[name], gap)
            if share > 0.5:
                yield Suspicion(name, "known_later", f"it is {actual} less {plan} in {share:.0%} of rows")


def _difference(actual: NDArray[np.generic], plan: NDArray[np.generic]) -> NDArray[np.float64] | None:
    """Actual minus plan: of dates in seconds, of numbers as they are; None where the two are of different kinds."""
    if actual.dtype != plan.dtype or actual.dtype == object:
        return None
    gone = missing_cells(actual) | missing_cells(plan)
    unit = 1e6 if actual.dtype == np.int64 else 1.0
    with np.errstate(all="ignore"):
        return np.where(gone, np.nan, (actual.astype(np.float64) - plan.astype(np.float64)) / unit)


def _share_of_difference(values: NDArray[np.float64], gap: NDArray[np.float64]) -> float:
    """Of the rows where the plan was not met to the point, the share where the value is the gap, in any unit of time."""
    there = np.isfinite(values) & np.isfinite(gap) & (gap != 0)
    if there.sum() < _SMALLEST_PART or not there.any():
        return 0.0
    return max(
        float(np.isclose(values[there] * unit, gap[there], rtol=1e-6, atol=1e-9).mean()) for unit in (1, 60, 3600, 86_400)
    )


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


DIRECT: tuple[DirectRule, ...] = (
    gives_away,
    adds_up,
    parts_of_target,
    tells_labelled,
    actual_beside_plan,
    actual_less_plan,
    later_date,
)


def predicts(scene: Scene, name: str) -> str:
    """The strength of a column as part of a sentence."""
    return f"alone it predicts {scene.target.name} with {scene.says(name)}"
