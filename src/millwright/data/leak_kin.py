"""The rules of kin: columns that go with one already found, by their name or by where their gaps lie."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_names import event_word, is_planned, outcome_words, speaks_of_a_moment
from millwright.data.leak_rules import FEWEST_GAPS, TOO_GOOD, predicts
from millwright.data.leak_scene import Scene, Suspicion
from millwright.records.data import Severity

TELLING = {"AUC": 0.75, "balanced accuracy": 0.5, "R²": 0.25}
FEWEST_TO_WARN = 200


@dataclass(frozen=True, slots=True)
class Needs:
    """What it takes to say that gaps go together: how many, which share of the others, and at most which chance."""

    gaps: int
    cover: float
    by_chance: float


_NAMED_ALIKE = Needs(gaps=2, cover=0.0, by_chance=1e-4)
_NAMED_OTHERWISE = Needs(gaps=FEWEST_GAPS, cover=0.5, by_chance=1e-6)

KinRule = Callable[[Scene, Sequence[Suspicion]], Iterator[Suspicion]]


def outcome_name(scene: Scene, found: Sequence[Suspicion]) -> Iterator[Suspicion]:
    """A telling column named like an outcome: like that of a column found or of the target, or, if it tells much, any."""
    given_away = _given_away(found)
    known = [*sorted(columns_stopped(found) | set(scene.known_leaks)), scene.target.name]
    for name in scene.suspects:
        said = outcome_words(name)
        if not said or name in given_away or not scene.strengths[name] >= TELLING[scene.target.measure]:
            continue
        like = next((leak for leak in known if leak != name and said & outcome_words(leak)), None)
        if like:
            yield Suspicion(name, "known_later", f"{predicts(scene, name)}, and it is named like {like}, known only afterwards")
        elif scene.strengths[name] >= TOO_GOOD[scene.target.measure]:
            yield Suspicion(name, "known_later", f"{predicts(scene, name)}, and its name speaks of an outcome ('{min(said)}')")


def gaps_of_a_leak(scene: Scene, found: Sequence[Suspicion]) -> Iterator[Suspicion]:
    """A column whose gaps lie only where a leak's or the target's lie: it is written down together with them.

    Half of their gaps must be shared, or any two where the name speaks of the same event too. The target's gaps alone only
    warn, unless a column found shares them or the name agrees: people skip several questions of a survey together.
    """
    given_away = _given_away(found)
    leaks = sorted((columns_stopped(found) & set(scene.suspects)) | set(scene.known_leaks))
    references = {scene.target.name: ~scene.labelled} | {leak: scene.gaps[leak] for leak in leaks}
    written_late = any(_lie_in(scene.gaps[leak], ~scene.labelled, _NAMED_OTHERWISE) for leak in leaks)
    for name in scene.suspects:
        if name in given_away or is_planned(name):
            continue
        for like, gaps in references.items():
            same_event = event_word(name) is not None and event_word(name) == event_word(like)
            if like != name and _lie_in(scene.gaps[name], gaps, _NAMED_ALIKE if same_event else _NAMED_OTHERWISE):
                severity: Severity = "stop" if like != scene.target.name or written_late or same_event else "warning"
                yield Suspicion(name, "known_later", _of_gaps(scene, name, like, gaps, same_event), severity)
                break


def _of_gaps(scene: Scene, name: str, like: str, gaps: NDArray[np.bool_], same_event: bool) -> str:
    mine, theirs = (f"{where.mean():.2%} of rows" for where in (scene.gaps[name], gaps))
    said = f"its gaps ({mine}) lie only where {like} has gaps ({theirs}): both are written down together"
    return f"{said}, and both names speak of '{event_word(name)}'" if same_event else said


def moment_of_the_event(scene: Scene, found: Sequence[Suspicion]) -> Iterator[Suspicion]:
    """A time named after the event that the target judges: arr_time beside arr_late15. Only a warning."""
    event = event_word(scene.target.name)
    for name in scene.suspects:
        late = event is not None and event_word(name) == event and speaks_of_a_moment(name) and not is_planned(name)
        if late and name not in columns_stopped(found):
            reason = f"its name gives a time of '{event}', the event that {scene.target.name} judges: is it known before?"
            yield Suspicion(name, "known_later", reason, "warning")


def too_good(scene: Scene, found: Sequence[Suspicion]) -> Iterator[Suspicion]:
    """A column that predicts the target suspiciously well, without other evidence."""
    if len(scene.target.codes) < FEWEST_TO_WARN:
        return
    stopped = columns_stopped(found)
    for name in scene.suspects:
        if name not in stopped and scene.strengths[name] >= TOO_GOOD[scene.target.measure]:
            reason = f"{predicts(scene, name)}: make sure that it is known when the prediction is made"
            yield Suspicion(name, "leak", reason, "warning")


KIN: tuple[KinRule, ...] = (outcome_name, gaps_of_a_leak, moment_of_the_event, too_good)


def columns_stopped(found: Sequence[Suspicion]) -> set[str]:
    """The columns with a suspicion grave enough to stop."""
    return {suspicion.column for suspicion in found if suspicion.severity == "stop"}


def _given_away(found: Sequence[Suspicion]) -> set[str]:
    return {suspicion.column for suspicion in found if suspicion.kind == "leak" and suspicion.severity == "stop"}


def _lie_in(gaps: NDArray[np.bool_], others: NDArray[np.bool_], needs: Needs) -> bool:
    """Whether all gaps but 1% are among the others, as many of them as is needed, and too many to lie there by chance."""
    count, reference = int(gaps.sum()), int(others.sum())
    if count < needs.gaps or (reference / len(others)) ** count > needs.by_chance:
        return False
    inside = int((gaps & others).sum())
    return inside >= 0.99 * count and inside >= needs.cover * reference
