"""The live version beside the one before it, on what came since its release."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kiosk import DAY, at, weeks
from kiosk_stages import Stages

import millwright.loop.beside_before as beside
from millwright.loop.asked_again import asked_again
from millwright.loop.calendar import Bounds
from millwright.loop.came_true import judged, ripe_rows
from millwright.loop.opened import open_model
from millwright.predictions.layout import to_microseconds
from millwright.registry import releases, versions


def test_only_rows_since_the_release_speak_for_or_against_it(stages: Stages, tmp_path: Path) -> None:
    """The rows of its canary decided that it was released: they have had their say."""
    shop = at(stages.copy("rollback", tmp_path / "kiosk"), weeks(6))
    with shop.catalogue.read() as view:
        release = releases.current(view, "kiosk")
        assert release is not None
        now, before = (versions.numbered(view, "kiosk", number) for number in (release.version, release.version - 1))
    model = open_model(shop, now)
    ripe = ripe_rows(shop, Bounds(weeks(6) - 7 * DAY, weeks(6)), requests=True)
    found = judged(shop, model, ripe, before)
    assert found is not None
    assert found.against_before is not None
    assert found.harm is not None
    assert found.harm.shown
    mine = ripe.rows["payload_digest"] == model.payload.payload_digest
    since = mine & (ripe.rows["event_at"] >= to_microseconds(release.event_at))
    assert found.better_by is None
    assert found.harm.rows == found.against_before.difference.n == since.sum() < mine.sum()


def test_where_its_usual_error_is_smaller_it_is_the_better_one_all_the_same(
    stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is right of eleven rows in twelve, and further off than the other of one that both are far from: a larger root mean
    square of errors, a smaller mean."""
    shop = at(stages.copy("rollback", tmp_path / "kiosk"), weeks(6))
    with shop.catalogue.read() as view:
        release = releases.current(view, "kiosk")
        assert release is not None
        now, before = (versions.numbered(view, "kiosk", number) for number in (release.version, release.version - 1))
    model, older = open_model(shop, now), open_model(shop, before)
    rows = ripe_rows(shop, Bounds(weeks(6) - 7 * DAY, weeks(6)), requests=True).rows
    mine, theirs = (asked_again(one.payload, rows["request"]) for one in (model, older))
    one_in_twelve = np.arange(len(mine)) % 12 == 5
    labels = np.where(one_in_twelve, mine + 8 * (theirs - mine), mine)
    rows = rows | {"label": np.array(labels.tolist(), dtype=object)}
    found = beside.beside_before(shop, model, before, rows)
    assert found.against is not None
    assert found.against.difference.value is not None
    assert found.against.difference.value < 0
    shown = replace(found.harm, shown_at=weeks(6)) if found.harm else None
    monkeypatch.setattr(beside, "harm_on_labelled", lambda *_: shown)
    better = beside.beside_before(shop, model, before, rows).better_by
    assert better is not None
    assert (better.metric, better.against) == ("mae", "before")
    assert better.difference.low is not None
    assert better.difference.low > 0
    spoken: Any = replace(shop.spec, search=replace(shop.spec.search, metric="rmse"))
    assert beside.beside_before(replace(shop, spec=spoken), model, before, rows).better_by is None, "somebody said what counts"


def test_a_look_is_told_of_it(stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = at(stages.copy("rollback", tmp_path / "kiosk"), weeks(6))
    with shop.catalogue.read() as view:
        now, before = (versions.numbered(view, "kiosk", number) for number in (2, 1))
    model = open_model(shop, now)
    ripe = ripe_rows(shop, Bounds(weeks(6) - 7 * DAY, weeks(6)), requests=True)
    real = beside.beside_before(shop, model, before, ripe.rows)
    told = replace(real, better_by=real.against)
    monkeypatch.setattr("millwright.loop.came_true.beside_before", lambda *_: told)
    found = judged(shop, model, ripe, before)
    assert found is not None
    assert found.better_by is told.better_by is not None
