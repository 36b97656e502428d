"""Which families can do what a problem asks for; the others are left out of a search, with the reason."""

from collections.abc import Iterator

from millwright.models.family import Family, Problem

REASONS = {
    "weight": "it learns from all rows alike, and rows have weights here (data.weight, search.imbalance)",
    "monotone": "it cannot keep its answers rising or falling with a column (search.monotone)",
    "interactions": "it cannot keep columns from acting together (search.interactions)",
    "count": "it has no Poisson loss, and the task is count",
}
"""By what a family says that it honours: why one that does not is left out."""


def why_left_out(family: Family, problem: Problem) -> str | None:
    """Why a family cannot learn this problem; None where it can."""
    lacking = [need for need in needs(problem) if need not in getattr(family, "honours", frozenset())]
    return f"left out: {'; '.join(REASONS[need] for need in lacking)}" if lacking else None


def needs(problem: Problem) -> Iterator[str]:
    """What a problem asks for beyond what every family can do."""
    if problem.weight is not None or problem.balanced:
        yield "weight"
    if problem.constraints.monotone:
        yield "monotone"
    if problem.constraints.together:
        yield "interactions"
    if problem.task == "count":
        yield "count"
