"""Make the demo's compact data set from the joined table of all flights that left New York in 2013.

Usage: python scripts/make_demo_data.py JOINED.parquet

Half of the rows, chosen by a hash of what identifies a flight, so that every month keeps its flights. Rows whose scheduled
departure is unknown (cancelled flights) take the flight's date instead. Nothing else is changed. The licence and the source
stand beside the file in SOURCE.md.
"""

import sys
from pathlib import Path

import duckdb

OUT = Path(__file__).resolve().parent.parent / "src" / "millwright" / "demo" / "data" / "flights_2013.parquet"
SHARE_PERCENT = 50


def main(joined: str) -> None:
    """Write the compact file and say how large it came out."""
    rows = f"""
        select * replace (coalesce(scheduled_departure, flight_date) as scheduled_departure)
        from read_parquet('{joined}')
        where md5_number_lower(concat_ws('|', flight_date, carrier, flight, origin, dest, tailnum)) % 100 < {SHARE_PERCENT}
        order by scheduled_departure, origin, carrier, flight, dest
    """
    how = "format parquet, compression zstd, compression_level 19, row_group_size 60000, parquet_version v2"
    duckdb.sql(f"copy ({rows}) to '{OUT}' ({how})")
    count = duckdb.execute(f"select count(*) from '{OUT}'").fetchone()
    print(f"{OUT.name}: {count[0] if count else 0} rows, {OUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1])
