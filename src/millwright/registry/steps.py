"""Finished steps: found by name and digest of inputs, so that no step is run again; each counts once."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from millwright.records.running import Step
from millwright.registry.rows import many, one, to_row
from millwright.registry.tables import steps


def find(tx: Connection, name: str, inputs: str) -> Step | None:
    """The step that was done on these inputs (by digest), by whichever run; None where it is still to do."""
    return one(tx, Step, _counting(name, inputs))


def record(tx: Connection, step: Step) -> Step:
    """Enter a finished step and return it as it counts: where it was done before, that output stands, marked reused."""
    done = find(tx, step.name, step.inputs)
    if done is not None and done.run == step.run:
        return done
    if done is not None:
        step = replace(step, output=done.output, reused=True)
    mine = one(tx, Step, select(steps).where(steps.c.run == step.run, steps.c.name == step.name, _present(step.inputs)))
    if mine is None:
        tx.execute(steps.insert().values(to_row(step) | {"lost": False}))
    return mine or step


def opening(tx: Connection, rows: str, candidate: str, *, run: str, at: datetime) -> int:
    """Enter that a candidate (by digest) is judged on sealed `rows`, once; the how-manieth candidate on them it is."""
    opened = tuple(tx.scalars(select(steps.c.inputs).where(steps.c.name == rows).order_by(steps.c.number)))
    if candidate not in opened:
        record(tx, Step(run=run, name=rows, inputs=candidate, output=candidate, started_at=at, finished_at=at))
        return len(opened) + 1
    return opened.index(candidate) + 1


def mark_lost(tx: Connection, name: str, inputs: str) -> None:
    """Say that the output of a step is gone or damaged, so that it is done anew. Its rows stay, for the lineage."""
    tx.execute(steps.update().where(steps.c.name == name, _present(inputs)).values(lost=True))


def of_run(tx: Connection, run_id: str) -> tuple[Step, ...]:
    """The steps of a run, in the order they finished."""
    query = select(steps).where(steps.c.run == run_id, steps.c.lost.is_(False))
    return many(tx, Step, query.order_by(steps.c.finished_at, steps.c.number))


def _present(inputs: str) -> ColumnElement[bool]:
    return (steps.c.inputs == inputs) & steps.c.lost.is_(False)


def _counting(name: str, inputs: str) -> Select[Any]:
    return select(steps).where(steps.c.name == name, _present(inputs), steps.c.reused.is_(False))
