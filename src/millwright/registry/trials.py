"""Trials, kept as they finish under the digest of the search's inputs, so that a killed search takes them up again."""

import msgspec
from sqlalchemy import Connection, select

from millwright.records.modelling import Trial
from millwright.registry.tables import trials


def keep(tx: Connection, search: str, run_id: str, trial: Trial) -> None:
    """Keep a trial as it stands now, in place of what was kept of its number before."""
    mine = (trials.c.search == search, trials.c.number == trial.number)
    if tx.scalar(select(trials.c.number).where(*mine)) is None:
        tx.execute(trials.insert().values(search=search, number=trial.number, run=run_id, trial=trial))
    else:
        tx.execute(trials.update().where(*mine).values(trial=trial))


def of_run(tx: Connection, run_id: str) -> tuple[Trial, ...]:
    """The trials that a run keeps of its search, by number, although the search has not ended."""
    query = select(trials.c.search, trials.c.trial).where(trials.c.run == run_id).order_by(trials.c.number)
    searches: dict[str, list[Trial]] = {}
    for search, trial in tx.execute(query):
        searches.setdefault(search, []).append(msgspec.convert(trial, Trial))
    most = max((len(found) for found in searches.values()), default=0)
    return next((tuple(found) for found in searches.values() if len(found) == most), ())


def of_search(tx: Connection, search: str) -> tuple[Trial, ...]:
    """The trials of a search, by number."""
    rows = tx.scalars(select(trials.c.trial).where(trials.c.search == search).order_by(trials.c.number))
    return tuple(msgspec.convert(row, Trial) for row in rows)
