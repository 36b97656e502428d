"""What one catalogue learnt carried into another: finished steps and trials, so that nothing is computed twice."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from millwright.records.running import Run
from millwright.registry import runs
from millwright.registry.tables import steps, trials


def carry_steps(source: Connection, target: Connection, run: Run, names: Sequence[str]) -> int:
    """Enter the finished steps of these names, and all trials, under `run` of the target; how many steps were new to it."""
    if runs.find(target, run.id) is None:
        runs.start(target, run)
    known = {tuple(row) for row in target.execute(select(steps.c.name, steps.c.inputs).where(steps.c.lost.is_(False)))}
    wanted = select(steps).where(steps.c.name.in_(names), steps.c.lost.is_(False), steps.c.reused.is_(False))
    found = [dict(row) for row in source.execute(wanted.order_by(steps.c.number)).mappings()]
    new = [row for row in found if (row["name"], row["inputs"]) not in known]
    for row in new:
        del row["number"]
        target.execute(steps.insert().values(row | {"run": run.id}))
    _carry_trials(source, target, run)
    return len(new)


def _carry_trials(source: Connection, target: Connection, run: Run) -> None:
    known = {tuple(row) for row in target.execute(select(trials.c.search, trials.c.number))}
    for row in source.execute(select(trials)).mappings():
        if (row["search"], row["number"]) not in known:
            target.execute(trials.insert().values(dict(row) | {"run": run.id}))
