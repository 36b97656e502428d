"""What a search may take and make where the spec leaves it open."""

TOGETHER, TOGETHER_BY_TIME = 6, 3
"""The most models that answer together; by time each of them is fitted once more on all rows."""
AFTERWARDS, AFTERWARDS_LEAST = 0.25, 7.0
"""The most of the budget, and the least in seconds, that is kept for judging and packing."""
PROVING_AGAIN = 2.0
"""These look at the same rows as what came before the search, and take so many times as long; not longer with more budget."""
REFIT_LEAST = 0.2
"""The share of the budget that fitting once more has in any case."""
LEAST = 0.5
"""The share of the budget that the search has in any case."""


def most_together(*, by_time: bool) -> int:
    """The most models that answer together."""
    return TOGETHER_BY_TIME if by_time else TOGETHER


def seconds_to_search(budget: float, gone: float) -> float:
    """What the search may take of a budget for the whole run, of which so many seconds are gone."""
    left = budget - gone - min(AFTERWARDS * budget, AFTERWARDS_LEAST + PROVING_AGAIN * gone)
    return max(left, LEAST * budget)


def seconds_to_refit(budget: float, gone: float) -> float:
    """What fitting once more may take of a budget of which so many seconds are gone."""
    return max(budget - gone, REFIT_LEAST * budget)


def is_late(budget: float, gone: float) -> bool:
    """Whether more is gone than the budget and what fitting once more has in any case."""
    return gone > (1.0 + REFIT_LEAST) * budget


def overdrawn(budget: float, gone: float, more: str) -> str:
    """What to say where less than the search's half was left of a budget, of which so many seconds were gone; else empty. more:
    what to raise."""
    if gone <= (1.0 - LEAST) * budget:
        return ""
    return f"{gone:.0f} s of the {budget:g} s were gone before it, and it had half of them all the same: raise {more}"
