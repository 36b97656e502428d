"""Which layers of features configurations see: one setting of boosted trees is tried on several, and the others follow what did
better out of fold."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from millwright.models.narrowing import places_of
from millwright.records.modelling import Layer, Seen, TrialConfig
from millwright.search.trial import mean

FOLLOWERS = ("lightgbm", "xgboost", "catboost")
"""Families that see what one of them did better with. Linear models and networks see everything: they have means against
features that say nothing, and begin before anything is known."""


def differing(layers: Sequence[Layer]) -> tuple[Seen, ...]:
    """What a setting is tried on beside all features, where that is not the same."""
    asked: tuple[Seen, ...] = ("plain", "rich", "generated")
    found: dict[tuple[int, ...], Seen] = {places_of(layers, "all"): "all", (): "all"}
    for seen in asked:
        found.setdefault(places_of(layers, seen), seen)
    return tuple(seen for seen in found.values() if seen != "all")


def on_layer(config: TrialConfig, seen: Seen) -> TrialConfig:
    """A configuration of all features, fitted with these."""
    return config if seen == "all" else replace(config, name=f"{config.name}{_words(seen)}", features=seen)


def following(config: TrialConfig, seen: Seen) -> TrialConfig:
    """A configuration that has not begun, fitted with the features that did better; as it is where its family does not follow,
    or where it was told already what it sees."""
    return on_layer(config, seen) if config.family in FOLLOWERS and config.features == "all" else config


def better_layer(tried: Sequence[tuple[TrialConfig, Sequence[float | None]]], better: Callable[[float, float], bool]) -> Seen:
    """The features with which the first setting that was tried on several did best on the same folds; all where none was.

    tried: configurations, each with its scores fold by fold. better: whether the first of two scores is the better one.
    """
    there = [(config, scores) for config, scores in tried if scores]
    runs = [(there[place][0].features, there[place][1]) for place in deciding([config for config, _ in there])]
    return _best(runs, better) if runs else "all"


def deciding(configs: Sequence[TrialConfig]) -> list[int]:
    """The places of those that decide which features the others see: the first setting that is there on several layers."""
    by_setting: dict[tuple[str, str], list[int]] = {}
    for place, config in enumerate(configs):
        if config.family in FOLLOWERS:
            by_setting.setdefault((config.family, config.name.removesuffix(_words(config.features))), []).append(place)
    return next((places for places in by_setting.values() if len(places) > 1), [])


def _best(runs: Sequence[tuple[Seen, Sequence[float | None]]], better: Callable[[float, float], bool]) -> Seen:
    depth = min(len(scores) for _, scores in runs)
    known = [at for at in range(depth) if all(_is_number(scores[at]) for _, scores in runs)]
    found, best = runs[0][0], None
    for seen, scores in runs:
        score = mean([value for at in known if (value := scores[at]) is not None])
        if score is not None and (best is None or better(score, best)):
            found, best = seen, score
    return found


def _is_number(score: float | None) -> bool:
    return score is not None and math.isfinite(score)


def _words(seen: Seen) -> str:
    return "" if seen == "all" else f" on {seen} features"
