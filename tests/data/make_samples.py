"""Make the small real samples in tests/data/samples from the full tables. Run by hand: python make_samples.py DATA_FOLDER"""

import sys
from pathlib import Path

import duckdb

OUT = Path(__file__).parent / "samples"
CSV = "(format csv, header)"
PARQUET = "(format parquet, compression zstd)"

# `every` keeps rows spread evenly over the file, in file order, so that the sample has the file's seasons and mix.
SPREAD = """
select * exclude (_n, _all) from (select *, row_number() over () as _n, count(*) over () as _all from ({rows}))
where floor(_n * {take}::double / _all) > floor((_n - 1) * {take}::double / _all) order by _n
"""

SAMPLES = {
    "adult.parquet": ("adult/train.parquet", "true", 2000),
    "adult.csv": ("adult/train.parquet", "true", 2000),
    "flights_joined_2013.parquet": ("nycflights/flights_joined_2013.parquet", "flight_date < timestamp '2013-05-01'", 3000),
    "bike_sharing.parquet": ("bike_sharing/hour.parquet", "true", 3000),
    "kddcup99.parquet": ("kddcup99_10pct/kddcup99_10pct.parquet", "true", 3000),
    "german_credit.parquet": ("german_credit/german.parquet", "true", 1000),
    "ai4i2020.csv": ("ai4i2020/ai4i2020.csv", "true", 3000),
    "employee_salaries.csv": ("messy/employee_salaries.csv", "true", 1500),
}


def main(data: Path) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (source, where, take) in SAMPLES.items():
        text = ", all_varchar=true" if source.endswith(".csv") else ""
        reader = "read_csv" if source.endswith(".csv") else "read_parquet"
        rows = f"select * from {reader}('{data / source}'{text}) where {where}"
        query = SPREAD.format(rows=rows, take=take)
        if name.startswith("kddcup99"):
            query = f"select * from ({query}) qualify count(*) over (partition by label) >= 20"
        target = OUT / name
        target.unlink(missing_ok=True)
        duckdb.execute("set threads = 1")
        duckdb.execute(f"copy ({query}) to '{target}' {CSV if name.endswith('.csv') else PARQUET}")
        print(name, duckdb.sql(f"from '{target}'").shape, target.stat().st_size)
    movies = (data / "messy/bechdel_movies.csv").read_bytes()
    (OUT / "bechdel_movies.csv").write_bytes(movies)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
