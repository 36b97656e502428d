"""A kiosk whose source holds weeks to play."""

from pathlib import Path
from typing import Any

from kiosk import kiosk, weeks, write_history

from millwright.project import Project
from millwright.records.spec import GateSpec, PolicySpec, ReleaseSpec, SearchSpec

PLAYED = 7


def sales(folder: Path, **policy: Any) -> Project:
    """A kiosk whose source holds the weeks to play too; a policy that retrains and tries by itself."""
    project = kiosk(
        folder,
        search=SearchSpec(budget="10m", trials=4, families=("linear",)),
        gates=(GateSpec(metric="rmse", against="baseline"),),
        release=ReleaseSpec(shadow="7d", canary="7d", canary_share=0.3, min_rows=2),
        policy=PolicySpec(**{"retrain_on": (), "schedule": "14d", "cooldown": "7d", "min_labels": 20, **policy}),
    )
    write_history(folder / "sales.csv", weeks(PLAYED), days=75 + 7 * PLAYED)
    return project
