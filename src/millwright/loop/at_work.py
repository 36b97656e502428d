"""Which training run a process of this machine works on now."""

from pathlib import Path

from sqlalchemy import Connection

from millwright.loop.workshop import Workshop
from millwright.registry import run_list
from millwright.registry.pages import Asked
from millwright.stores.process_lock import holder


def run_lock(shop: Workshop) -> Path:
    """The lock that a training run holds: one at a time of a project."""
    return shop.home.work / f"{shop.project}.lock"


def run_at_work(shop: Workshop, view: Connection) -> str | None:
    """The id of the run that a process works on now: the one begun last. None where none does: what never ended was killed."""
    if holder(run_lock(shop)) is None:
        return None
    newest = run_list.page(view, shop.project, Asked(limit=1), run_list.RunSought(states=("running",))).items
    return newest[0].run.id if newest else None
