"""The peer of a tick: DuckDB alone over the same files. python scanning.py COLUMNS FILE ...; prints JSON, see used.py.

COLUMNS: a JSON object, for each column whether it is a number. Of each column: rows, share of missing ones, smallest, largest
and about how many different ones; of numbers the mean and the standard deviation too. All requests are parsed once.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import duckdb
from used import say_used


def main(columns: Mapping[str, bool], paths: Sequence[str]) -> None:
    """Scan the files, with all of DuckDB's threads and its own limit of memory."""

    def work() -> Mapping[str, float]:
        with duckdb.connect() as connection:
            found = connection.execute(scan_sql(columns, paths)).fetchone()
        assert found is not None
        return {"rows": float(found[0])}

    say_used(work)


def scan_sql(columns: Mapping[str, bool], paths: Sequence[str]) -> str:
    """One query for the whole account of all columns."""
    files = ", ".join(f"'{path}'" for path in paths)
    places = ", ".join(f"'$.\"{name}\"'" for name in columns)
    parts = [part for at, number in enumerate(columns.values(), 1) for part in _account(at, number)]
    cells = f"select json_extract_string(request, [{places}]) as v from read_parquet([{files}], hive_partitioning = false)"
    typed = ", ".join(
        f"try_cast(v[{at}] as double) as c{at}" if number else f"v[{at}] as c{at}"
        for at, number in enumerate(columns.values(), 1)
    )
    return f"select count(*), {', '.join(parts)} from (select {typed} from ({cells}))"


def _account(at: int, number: bool) -> list[str]:
    cell = f"c{at}"
    always = [f"count({cell})", f"avg(({cell} is null)::int)", f"min({cell})", f"max({cell})", f"approx_count_distinct({cell})"]
    return [*always, f"avg({cell})", f"stddev({cell})"] if number else always


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
