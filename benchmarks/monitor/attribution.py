"""Causes planted in real flights: how often the right kind of cause, and the right column among the first three, is found.

`python benchmarks/monitor/attribution.py [--worlds 20] [--seed N]` prints the table of what was planted and what was said too.
"""

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parents[1]))  # figures are printed alike in all folders

import duckdb
import numpy as np
from figure import Figure
from flights import NUMBERS, TEXTS
from numpy.typing import NDArray
from planted import Planted, World, plant

from millwright.attribute.attribution import attribute
from millwright.attribute.rows import Terms
from millwright.metrics.probability import log_loss
from millwright.records.attributing import Attribution

if TYPE_CHECKING:
    from bench import Bench

Array = NDArray[Any]

WORLDS = 20
SIZES = (20_000, 20_000, 20_000)
"""Rows to learn from, of before, and of now, of which some causes choose a half."""
EIGHT = ("unit", "missing", "mixed_up", "covariate", "covariate_level", "label", "concept_slice", "concept_column")
BESIDE = ("swapped", "serving", "nothing")
KIND_BAR, COLUMN_BAR, FIRST = 85.0, 90.0, 3
SAID = ("data_fault", "covariate", "label", "concept", "serving", "cannot tell", "within noise")


@dataclass(slots=True)
class Tally:
    """What was said of what was planted, whether the column was among the first three, and seconds each took."""

    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    columns: dict[str, list[bool]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def add(self, planted: Planted, found: Attribution) -> None:
        """One cause and what was said of it."""
        said = found.leading or ("cannot tell" if found.changed else "within noise")
        self.said[planted.name, said] += 1
        if planted.columns:
            hit = bool(set(planted.columns) & set(first_columns(found)))
            self.columns.setdefault(planted.name, []).append(hit)

    def right(self, name: str) -> int:
        """How often the kind was right."""
        return self.said[name, KINDS[name]]

    def table(self) -> str:
        """What was planted, by row, and what was said of it."""
        lines = ["planted".ljust(16) + "".join(said.rjust(14) for said in SAID) + "column in 3".rjust(14)]
        for name in (*EIGHT, *BESIDE):
            hits = self.columns.get(name)
            column = f"{sum(hits)} of {len(hits)}" if hits else ""
            lines.append(name.ljust(16) + "".join(str(self.said[name, said]).rjust(14) for said in SAID) + column.rjust(14))
        return "\n".join(lines)


KINDS = {
    **dict.fromkeys(("unit", "missing", "mixed_up", "swapped"), "data_fault"),
    **dict.fromkeys(("covariate", "covariate_level"), "covariate"),
    "label": "label",
    **dict.fromkeys(("concept_slice", "concept_column"), "concept"),
    "serving": "serving",
    "nothing": "within noise",
}


def first_columns(found: Attribution) -> list[str]:
    """The first three columns of the leading kind: each with those that would do as well."""
    columns = [one for one in found.columns if one.kind == found.leading]
    named = [name for one in columns for name in (one.column, one.with_column, *one.alike) if name]
    return list(dict.fromkeys(named))[:FIRST]


def figures(bench: "Bench") -> Iterator[Figure]:
    """Eight kinds of causes, as many worlds as there are windows of `shifted` in ten."""
    worlds = max(1, bench.shifted // 10)
    tally = tallied(bench.randoms("attribution", worlds), worlds, bench.say)
    bench.say("\n" + tally.table())
    yield from of_tally(tally, worlds)


def tallied(randoms: Iterator[np.random.Generator], worlds: int, say: Any) -> Tally:
    """Each cause in each world."""
    columns, y = flights()
    tally = Tally()
    for number, random in enumerate(randoms, 1):
        say(f"attribution: world {number} of {worlds}, {sum(tally.right(name) for name in EIGHT)} right so far")
        world = World.of(columns, y, random, SIZES)
        for name in (*EIGHT, *BESIDE):
            planted = plant(name, world, random) if name != "nothing" else Planted(name, "", (), world.now)
            began = time.perf_counter()
            found = attribute(world.before, planted.rows, world.answer, Terms(metric=log_loss, seed=number))
            tally.seconds.append(time.perf_counter() - began)
            tally.add(planted, found)
    return tally


def of_tally(tally: Tally, worlds: int) -> Iterator[Figure]:
    """The figures: over the eight kinds, with bars; and each by itself."""
    n = worlds * len(EIGHT)
    against = f"of {n} planted causes, {len(EIGHT)} kinds"
    right = 100 * sum(tally.right(name) for name in EIGHT) / n
    yield Figure("attribution.kind", right, "%", against, KIND_BAR, "higher")
    hits = [hit for name in EIGHT for hit in tally.columns.get(name, [])]
    against = f"of {len(hits)} that have a column"
    yield Figure("attribution.column_in_three", 100 * sum(hits) / len(hits), "%", against, COLUMN_BAR, "higher")
    for name in (*EIGHT, *BESIDE):
        yield Figure(f"attribution.{name}", 100 * tally.right(name) / worlds, "%", f"{KINDS[name]}, {worlds} worlds")
    yield Figure("attribution.seconds", float(np.median(tally.seconds)), "s", "20,000 and 20,000 rows of 25 columns")


def flights() -> tuple[dict[str, Array], Array]:
    """The flights of 2013 that ship with the package, in no order, and which came late."""
    chosen = [*(f"{name}::varchar as {name}" for name in TEXTS), *(f"{name}::double as {name}" for name in NUMBERS)]
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source:
        wanted = f"select {', '.join(chosen)}, arr_late15::double as _late from read_parquet('{source}')"
        table = duckdb.sql(f"{wanted} where arr_late15 is not null").fetchnumpy()
    columns = {name: _plain(cells) for name, cells in table.items()}
    return columns, columns.pop("_late")


def _plain(cells: Any) -> Array:
    """Masked cells as NaN, or None in texts."""
    filled = np.ma.getdata(cells).copy()
    filled[np.ma.getmaskarray(cells)] = None if filled.dtype == object else np.nan
    return np.asarray(filled)


def main() -> None:
    """Print what was planted and what was said, and the figures."""
    from figure import table

    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    randoms = (np.random.default_rng((seed, number)) for number in range(asked.worlds))
    tally = tallied(randoms, asked.worlds, lambda text: print(text, file=sys.stderr, flush=True))
    print(f"seed {seed}\n{tally.table()}\n\n{table(list(of_tally(tally, asked.worlds)))}")


if __name__ == "__main__":
    main()
