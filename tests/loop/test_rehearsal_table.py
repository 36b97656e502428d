"""The table that is rehearsed, with its two clocks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from millwright.loop.rehearsal.table import read_history
from millwright.records.spec import DataSpec
from millwright.stores.blobs import FileBlobs

BIKES = Path(__file__).parents[1] / "data" / "samples" / "bike_sharing.parquet"
MAY, JUNE = datetime(2012, 5, 1, tzinfo=UTC), datetime(2012, 6, 1, tzinfo=UTC)


def test_nothing_of_a_time_is_known_before_its_first_outcome_is(tmp_path: Path) -> None:
    data = DataSpec(source=str(BIKES), target="cnt", task="regression", time="datetime", label_delay="3d")
    history = read_history(data, BIKES.parent, tmp_path / "table.parquet", FileBlobs(tmp_path / "blobs"), JUNE)
    first = next(iter(history.play(["hr"], MAY, JUNE)))
    assert first.told_at is not None
    assert MAY <= first.at == first.told_at - timedelta(days=3)
    assert history.known_by(MAY, first.told_at - timedelta(microseconds=1)) == 0
    assert history.known_by(MAY, first.told_at) > 0
