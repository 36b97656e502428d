"""Live days as what varies by itself: no more false alarms than stated, and changes are found."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from scipy.stats import binom
from worlds import MONDAY, observed

from millwright.data.gathering import PERIOD
from millwright.data.profile import profile_columns
from millwright.monitor.inputs import Live, Observed, Reference
from millwright.monitor.live import FEWEST, kind_of_null, views
from millwright.monitor.look import look
from millwright.monitor.small import small_changes
from millwright.records.data import Contract, ContractColumn, PeriodProfile
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec
from millwright.records.watching import Detectors

CONTRACT = Contract(columns=tuple(ContractColumn(name=f"n{i}", kind="number") for i in range(3)))
LEVEL, TRIES, PER_DAY = 0.05, 20, 100


def rows(luck: np.ndarray, random: np.random.Generator) -> dict[str, np.ndarray]:
    """The rows of some days whose means are given, shape (days, columns)."""
    return {f"n{i}": (random.normal(size=(len(luck), PER_DAY)) + luck[:, i : i + 1]).ravel() for i in range(luck.shape[1])}


def scene(
    seed: int, luck: float, days: int, live: int, *, lasting: float = 0.0, shift: float = 0.0, lived: float = 0.0
) -> tuple[Reference, Observed]:
    """Training rows of ten days without a time, `live` live days, and a window of `days`; each day's luck lasts in part into
    the next. shift: of n0 in the window; lived: of n0 in the live days."""
    random = np.random.default_rng((seed, days, live))
    own = random.normal(size=(10 + live + days, 3))
    for at in range(1, len(own)):
        own[at] = lasting * own[at - 1] + (1 - lasting**2) ** 0.5 * own[at]
    own *= luck
    own[10 : 10 + live, 0] += lived
    reference = Reference(profile=profile_columns(rows(own[:10], random), CONTRACT, of="learnt"), contract=CONTRACT)
    found = [profile_columns(rows(own[at : at + 1], random), CONTRACT, of="day", kept=PERIOD) for at in range(10, 10 + live)]
    names = [str((MONDAY + timedelta(days=n)).date()) for n in range(live)]
    periods = tuple(PeriodProfile(period=n, rows=p.rows, columns=p.columns) for n, p in zip(names, found, strict=True))
    now = rows(own[10 + live :], random)
    now["n0"] = now["n0"] + shift
    window = observed(profile_columns(now, CONTRACT, of="window"), days=days, after=live)
    return replace(reference, live=Live(periods=periods, since=live)), window


def found(reference: Reference, window: Observed) -> tuple[Finding, ...]:
    return look(reference, window, watch=WatchSpec(), level=LEVEL)


def alarms(luck: float, days: int, live: int, **more: float) -> int:
    return sum(bool(found(*scene(seed, luck, days, live, **more))) for seed in range(TRIES))


def test_the_level_holds_for_independent_rows_and_for_days_with_their_own_luck() -> None:
    most = binom.ppf(0.99, TRIES, LEVEL)
    assert alarms(0.0, 7, 28) <= most
    assert alarms(0.3, 1, 14) <= most
    assert alarms(0.3, 7, 28, lasting=0.5) <= most


def test_without_live_days_the_same_windows_are_taken_for_changed() -> None:
    told = [found(replace(reference, live=None), window) for reference, window in (scene(s, 0.3, 1, 14) for s in range(TRIES))]
    assert sum(map(bool, told)) > TRIES / 2


def test_a_change_is_found_and_says_what_it_was_held_against() -> None:
    (finding,) = [f for f in found(*scene(1, 0.05, 7, 28, shift=1.5)) if f.check == "drift"]
    assert finding.columns == ("n0",)
    assert finding.sentence.endswith("compared with all training rows at once, as far as 28 live days varied")
    (finding,) = [f for f in found(*scene(1, 0.0, 7, 28, lived=0.6)) if f.check == "drift"]
    assert finding.sentence.endswith("compared with the 28 live days before")


def test_too_few_days_leave_things_as_they_were() -> None:
    reference, window = scene(2, 0.0, 7, FEWEST - 1)
    assert views(reference, 7) == (reference,)
    assert found(reference, window) == found(replace(reference, live=None), window)
    assert kind_of_null(reference, window) == "rows"


def test_days_before_the_release_lend_how_much_they_vary_and_no_value() -> None:
    reference, window = scene(3, 0.0, 7, 28)
    assert reference.live is not None
    young = replace(reference, live=replace(reference.live, since=FEWEST - 1))
    (one,) = views(young, 7)
    assert one.anchored
    before = Detectors(windows=3)
    assert small_changes(young, window, before, 100.0).detectors == before, "nothing is gathered meanwhile"


def test_evidence_of_another_kind_begins_anew() -> None:
    reference, window = scene(4, 0.0, 7, 28)
    of_rows = small_changes(replace(reference, live=None), window, Detectors(), 100.0).detectors
    assert (of_rows.windows, of_rows.live) == (1, False)
    later = replace(window, start=window.end, end=window.end + timedelta(days=7))
    of_days = small_changes(reference, later, of_rows, 100.0).detectors
    assert (of_days.windows, of_days.live) == (1, True)


def test_what_is_said_to_show_how_much_varies_is_what_the_window_is_held_against_last() -> None:
    for live, since in (
        (FEWEST - 1, FEWEST - 1),
        (FEWEST, FEWEST),
        (FEWEST, 0),
        (3 * FEWEST, FEWEST - 1),
        (3 * FEWEST, FEWEST),
    ):
        reference, window = scene(1, 0.2, 7, live)
        assert reference.live is not None
        reference = replace(reference, live=replace(reference.live, since=since))
        held = views(reference, window.days)[-1]
        assert kind_of_null(reference, window) == ("rows" if held.lived is None else "live")
        assert (held.lived is None) == (live < FEWEST)
