"""What each caller asks is held against its own days: usual rows of one cannot hide a change in those of another."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
from scipy.stats import binom
from worlds import MONDAY, observed

from millwright.data.gathering import PERIOD
from millwright.data.profile import merge, profile_columns
from millwright.monitor.inputs import Live, Observed, Reference
from millwright.monitor.live import FEWEST
from millwright.monitor.look import look
from millwright.monitor.slices import judged_slices, unjudged_callers
from millwright.records.data import Contract, ContractColumn, PeriodProfile, Profile, SliceKey, SliceProfile
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

CONTRACT = Contract(columns=tuple(ContractColumn(name=f"n{i}", kind="number") for i in range(3)))
LEVEL, TRIES, DAYS, WINDOW, LUCK = 0.05, 12, 28, 7, 0.05
APART = {"shop": 0.0, "bots": 1.0}
"""Two populations that are nothing like each other."""
ALIKE = {"shop": 0.0, "bots": 0.0}
"""One that goes for the other."""
Rows = dict[str, np.ndarray]


def day_of(rows: dict[str, Rows], kept: Any = PERIOD) -> Profile:
    """The profile of a day, of all its rows and of each caller's."""
    parts = {name: profile_columns(mine, CONTRACT, of=name, kept=kept) for name, mine in rows.items()}
    whole = merge(*parts.values(), of="day", kept=kept)
    slices = (SliceProfile(of="caller", column="", level=n, rows=p.rows, columns=p.columns) for n, p in sorted(parts.items()))
    return replace(whole, slices=tuple(slices))


def rows_of(luck: np.ndarray, mean: float, count: int, random: np.random.Generator) -> Rows:
    """The rows of one caller on a day whose luck, shape (columns,), everybody shares."""
    return {f"n{i}": random.normal(size=count) + mean + luck[i] for i in range(len(luck))}


def period_of(name: str, one: Profile | SliceProfile) -> PeriodProfile:
    return PeriodProfile(period=name, rows=one.rows, columns=one.columns)


def by_key(profile: Profile) -> dict[SliceKey, SliceProfile]:
    return {one.key: one for one in profile.slices}


def scene(
    seed: int, per_day: dict[str, int], means: dict[str, float] = ALIKE, *, shift: float = 0.0, swing: float = 0.0
) -> tuple[Reference, Observed]:
    """Weeks of live days, and a week to look at; shift: of n0 in what the shop asks in it. swing: of volumes by day."""
    random = np.random.default_rng((seed, *per_day.values()))

    def day(shift: float) -> Profile:
        luck = LUCK * random.normal(size=3)
        volumes = {name: int(count * np.exp(swing * random.normal())) for name, count in per_day.items()}
        rows = {name: rows_of(luck, means[name], count, random) for name, count in volumes.items()}
        rows["shop"]["n0"] = rows["shop"]["n0"] + shift
        return day_of(rows)

    learnt = merge(*(day(0.0) for _ in range(3)), of="learnt")
    days = [day(0.0) for _ in range(DAYS)]
    named = [(str((MONDAY + timedelta(days=n)).date()), profile) for n, profile in enumerate(days)]
    slices = {one.key: tuple(period_of(name, by_key(p)[one.key]) for name, p in named) for one in days[0].slices}
    periods = tuple(period_of(name, p) for name, p in named)
    reference = Reference(profile=replace(learnt, slices=()), contract=CONTRACT)
    window = observed(merge(*(day(shift) for _ in range(WINDOW)), of="window"), days=WINDOW, after=DAYS)
    return replace(reference, live=Live(periods=periods, since=DAYS, slices=slices)), window


def found(reference: Reference, window: Observed) -> tuple[Finding, ...]:
    return look(reference, window, watch=WatchSpec(), level=LEVEL)


def as_a_whole(window: Observed) -> Observed:
    """The same rows, with nobody's name on them."""
    assert window.profile is not None
    return replace(window, profile=replace(window.profile, slices=()))


SHIFT = 0.4
ALONE, FLOODED = {"shop": 100}, {"shop": 100, "bots": 400}
"""Rows a day: the shop's alone, and with four of five from another key."""


def test_camouflage_from_one_key_does_not_hide_what_changed_in_anothers() -> None:
    for seed in range(4):
        reference, window = scene(seed, ALONE, shift=SHIFT)
        assert [f.columns for f in found(reference, as_a_whole(window))] == [("n0",)]
        reference, window = scene(seed, FLOODED, shift=SHIFT)
        assert not found(reference, as_a_whole(window)), "four usual rows of five hide it in the whole, at the full level too"
        told = found(reference, window)
        assert {(f.slice, f.columns) for f in told if f.slice} == {('the key "shop" asked', ("n0",))}
        assert not [f for f in told if not f.slice]


def test_a_finding_says_whose_rows_it_is_of_and_what_they_were_held_against() -> None:
    (finding,) = found(*scene(1, FLOODED, shift=SHIFT))
    assert finding.sentence.startswith('where the key "shop" asked: n0 drifted: ')
    assert finding.sentence.endswith("compared with the 28 live days before")
    assert finding.rows == WINDOW * FLOODED["shop"]


def test_the_level_holds_for_callers_of_different_populations_whose_volumes_swing() -> None:
    alarms = sum(bool(found(*scene(seed, {"shop": 60, "bots": 120}, APART, swing=0.5))) for seed in range(TRIES))
    assert alarms <= binom.ppf(0.99, TRIES, LEVEL)


def test_half_of_the_columns_level_is_shared_by_the_callers_that_can_be_judged() -> None:
    """A drift tells the limit that it had to pass; the more share the level, the higher it is."""
    reference, window = scene(3, FLOODED, shift=3.0)

    def limits(reference: Reference, window: Observed) -> dict[str, float]:
        told = ((f.slice, change) for f in found(reference, window) for change in f.changes if change.column == "n0")
        return {slice_: change.limit for slice_, change in told if change.check == "drift" and change.limit is not None}

    assert reference.live is not None
    assert window.profile is not None
    young = replace(reference, live=replace(reference.live, slices={k: p[1:FEWEST] for k, p in reference.live.slices.items()}))
    whole, both, none = limits(reference, as_a_whole(window)), limits(reference, window), limits(young, window)
    assert set(both) == {"", 'the key "shop" asked'}
    assert none == whole, "who cannot be judged takes nothing"
    assert both[""] > whole[""]
    shop_alone = replace(window, profile=replace(window.profile, slices=window.profile.slices[1:]))
    assert both['the key "shop" asked'] > limits(reference, shop_alone)['the key "shop" asked']


def test_a_key_that_floods_is_said_and_one_whose_volume_swings_is_not() -> None:
    def crowded(window: Observed) -> list[Finding]:
        return [finding for finding in found(reference, window) if finding.check == "callers"]

    reference, usual = scene(5, {"shop": 100, "bots": 50}, swing=0.2)
    _, flooded = scene(5, {"shop": 100, "bots": 400}, swing=0.2)
    assert not crowded(usual)
    (finding,) = crowded(flooded)
    assert (finding.kind, finding.columns) == ("covariate", ())
    assert finding.sentence.startswith('one key asks far more of the rows than before: "bots" asked 80 %, 31 % before (since')
    assert reference.live is not None
    shop = {key: periods for key, periods in reference.live.slices.items() if "bots" not in key}
    before = replace(reference, live=replace(reference.live, slices=shop))
    assert [f.changes[0].was for f in found(before, flooded) if f.check == "callers"] == [0.0], "one that never asked, too"
    nobody = replace(reference, live=replace(reference.live, slices={}))
    assert not [f for f in found(nobody, usual) if f.check == "callers"], "where nobody says who asked, no share is known"


def test_a_share_that_rises_a_little_is_not_worth_a_word() -> None:
    reference, _ = scene(5, {"shop": 1000, "bots": 500})
    _, more = scene(5, {"shop": 1000, "bots": 700})
    assert not [finding for finding in found(reference, more) if finding.check == "callers"]


def test_who_cannot_be_judged_is_said_in_one_line() -> None:
    reference, window = scene(2, FLOODED)
    assert reference.live is not None
    assert window.profile is not None
    seen = window.profile.slices
    assert list(unjudged_callers(reference, seen, ("bots", "shop"))) == []
    assert list(unjudged_callers(reference, (), ("bots", "shop"))) == [], "nobody's rows say whose they are: nothing to say"
    young = {("caller", "", "shop"): reference.live.slices["caller", "", "shop"][: FEWEST - 1]}
    few = replace(reference, live=replace(reference.live, slices=young))
    names = ("bots", "shop", "k1", "k2", "k3", "k4", "k5", "k6")
    (line,) = unjudged_callers(few, (seen[1], replace(seen[0], rows=29)), names)
    assert line == (
        'API keys by themselves: fewer than 30 rows of "bots", "k1", "k2", "k3", "k4"; '
        'fewer than 14 live days of "shop"; there are 6 before "k5", "k6"'
    )
    profile = replace(window.profile, slices=(replace(seen[0], rows=29), seen[1]))
    assert [one.level for one in judged_slices(reference, profile)] == ["shop"]
    assert judged_slices(few, profile) == ()
