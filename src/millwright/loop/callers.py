"""Who asks: the API keys whose requests are looked at by themselves, so that none can hide what changed in those of another."""

from millwright.loop.workshop import Workshop
from millwright.monitor.slices import MOST_CALLERS
from millwright.serve.keys.file import read_keys

FEWEST_CALLERS = 2
"""What the only caller asks is the whole."""


def callers_of(shop: Workshop) -> tuple[str, ...]:
    """The names of the keys in force with which this project may be asked, the first made first.

    A rotated key keeps its name. Raises Unavailable where the keys cannot be read.
    """
    now = shop.clock.now()
    asking = [
        key
        for key in sorted(read_keys(shop.home.root), key=lambda key: key.created_at)
        if "predict" in key.scopes and key.is_in_force(now) and (not key.projects or shop.project in key.projects)
    ]
    return tuple(dict.fromkeys(key.name for key in asking))


def profiled_callers(shop: Workshop) -> tuple[str, ...]:
    """Those whose requests are profiled by themselves; one alone too, so that its days are there once another key is made."""
    return callers_of(shop)[:MOST_CALLERS]


def judged_callers(shop: Workshop) -> tuple[str, ...]:
    """Those that are looked at by themselves: their number is bounded, and set before a row is seen."""
    names = profiled_callers(shop)
    return names if len(names) >= FEWEST_CALLERS else ()
