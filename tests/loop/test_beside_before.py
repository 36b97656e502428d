"""The live version beside the one before it, on what came since its release."""

from pathlib import Path

from kiosk import DAY, at, weeks
from kiosk_stages import Stages

from millwright.loop.calendar import Bounds
from millwright.loop.opened import open_model
from millwright.loop.seeing import judged, see
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
    seen = see(shop, model, Bounds(weeks(6) - 7 * DAY, weeks(6)), requests=True)
    found = judged(shop, model, seen, before)
    assert found is not None
    assert found.against_before is not None
    assert found.harm is not None
    assert found.harm.shown
    mine = seen.rows["payload_digest"] == model.payload.payload_digest
    since = mine & (seen.rows["event_at"] >= to_microseconds(release.event_at))
    assert found.harm.rows == found.against_before.difference.n == since.sum() < mine.sum()
