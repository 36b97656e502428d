"""How long a training run takes, by stage."""

from collections.abc import Iterator

from figure import Figure
from lab import Lab, Trained

SEARCH_OVER = 1.1
"""The search may take this share of its budget: a process is given a moment to be killed in."""
FIXED_SECONDS, SECONDS_A_ROW = 60.0, 0.0005
"""What a run may take beside its search: a minute, and so much for each row of the table."""


def figures(lab: Lab) -> Iterator[Figure]:
    """The demo's flights by stage, and all flights."""
    yield from _by_stage("train.demo", lab.trained)
    yield from _by_stage("train.all", lab.trained_on_all)


def _by_stage(name: str, trained: Trained) -> Iterator[Figure]:
    budget, allowed = trained.budget, FIXED_SECONDS + SECONDS_A_ROW * trained.rows
    for stage, seconds in trained.seconds.items():
        if stage == "search":
            yield Figure(f"{name}.search", seconds, "s", f"its budget of {budget:.0f} s, and a tenth", SEARCH_OVER * budget)
        else:
            yield Figure(f"{name}.{stage}", seconds, "s")
    against = f"the budget, a minute, 0.5 ms a row; {trained.rows:,} rows"
    yield Figure(f"{name}.total", trained.total, "s", against, budget + allowed)
