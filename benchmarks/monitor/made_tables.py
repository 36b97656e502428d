"""Tables of 30 columns as a data source would hold them, taken in as a snapshot with its contract and a stored reference."""

from datetime import UTC, datetime
from pathlib import Path

from thirty_columns import flights_sql, open_flights

from millwright.data.contract import infer_contract
from millwright.data.snapshot import take_snapshot
from millwright.data.snapshot_profile import profile_snapshot
from millwright.demo.flights import TARGET, TIME
from millwright.records.codec import to_json
from millwright.records.spec import DataSpec
from millwright.stores.blobs import FileBlobs

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
_NUMERIC = (
    "sqrt(-2 * ln(random() + 1e-12)) * cos(6.283185307 * random())",
    "exp(sqrt(-2 * ln(random() + 1e-12)) * cos(6.283185307 * random()))",
    "1 / (random() + 1e-3) - 1 / (random() + 1e-3)",
    "random()",
    "-ln(random() + 1e-12) - ln(random() + 1e-12)",
    "floor(-5 * ln(random() + 1e-12))",
)
_MISSING = 8
_LEVELS = (2, 3, 4, 5, 8, 10, 15, 20, 30, 50)

TABLES = ("flights", "drawn")
"""Real flights, repeated; and columns drawn from six laws and with 2 to 50 levels, where nearly all numbers are distinct."""


def make_table(folder: Path, name: str, rows: int) -> None:
    """The table in `folder`: rows.parquet, snapshot.json, contract.json, blobs/; and reference.json, of other rows."""
    _write(folder / "before.parquet", name, rows)
    _write(folder / "rows.parquet", name, rows)
    blobs = FileBlobs(folder / "blobs")
    for source, kept in (("before.parquet", "before"), ("rows.parquet", "snapshot")):
        spec = DataSpec(source=source, target=TARGET, task="binary", time=TIME, zone="UTC")
        snapshot = take_snapshot(spec, base=folder, blobs=blobs, as_of=AS_OF, staging=folder / "staging")
        (folder / f"{kept}.json").write_bytes(to_json(snapshot))
        if kept == "before":
            contract = infer_contract(snapshot, blobs, spec)
            (folder / "contract.json").write_bytes(to_json(contract))
            (folder / "reference.json").write_bytes(to_json(profile_snapshot(snapshot, blobs, contract)))


def _write(path: Path, name: str, rows: int) -> None:
    with open_flights() as connection:
        query = _flights(rows) if name == "flights" else _drawn(rows)
        connection.execute(f"copy ({query}) to '{path}' (format parquet, compression zstd)")


def _flights(rows: int) -> str:
    """Each flight as often as it takes, all of the year."""
    times = -(-rows // 300_000)
    return (
        f"select f.* from ({flights_sql(TARGET, 'true')}) f, range({times}) using sample reservoir({rows} rows) order by {TIME}"
    )


def _drawn(rows: int) -> str:
    numbers = [_NUMERIC[at % len(_NUMERIC)] for at in range(20)]
    numeric = [
        f"case when random() >= {0.02 if at < _MISSING else 0} then {sql} end as n{at}" for at, sql in enumerate(numbers)
    ]
    levels = [f"'level ' || (floor(random() * {count}))::int as c{at}" for at, count in enumerate(_LEVELS)]
    when = f"timestamp '2013-01-01' + to_seconds(range * {365 * 86_400 // rows}) as {TIME}"
    return f"select {when}, {', '.join([*numeric, *levels])}, (random() < 0.3)::int as {TARGET} from range({rows})"
