"""The live version beside the one before it, on the labelled rows since its release."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.evaluate.gates import judged_by_others
from millwright.loop.opened import Model, open_model
from millwright.loop.side_by_side import compare_on
from millwright.loop.trial_harm import harm_on_labelled
from millwright.loop.workshop import Workshop
from millwright.predictions.layout import to_microseconds
from millwright.records.judging import Comparison
from millwright.records.release import Version
from millwright.records.watching import Harm
from millwright.registry import releases

Array = NDArray[Any]

BETTER_LEVEL = 0.9
"""Of the interval that says by one end that the live version is better by another metric than the one before it."""


@dataclass(frozen=True, slots=True)
class BesideBefore:
    """Both on the same rows. against: by the main metric; harm: whether the live version does worse by it, a test that may be
    looked at after each row; better_by: by another metric, where the live version is the better one by that all the same."""

    against: Comparison | None = None
    harm: Harm | None = None
    better_by: Comparison | None = None


def beside_before(shop: Workshop, model: Model, before: Version | None, rows: dict[str, Array]) -> BesideBefore:
    """On the rows since its release, which it was not chosen by. rows: labelled ones of a window."""
    with shop.catalogue.read() as view:
        release = releases.since(view, shop.project, model.version.number)
    if before is None or release is None:
        return BesideBefore()
    rows, theirs = take(rows, rows["event_at"] >= to_microseconds(release.event_at)), open_model(shop, before)
    against = compare_on(shop, rows, model, theirs, "before")
    harm = harm_on_labelled(shop, rows, theirs, model, shop.clock.now()) if against else None
    better_by = _better_by(shop, rows, model, theirs) if harm is not None and harm.shown else None
    return BesideBefore(against, harm, better_by)


def _better_by(shop: Workshop, rows: dict[str, Array], model: Model, before: Model) -> Comparison | None:
    for name in judged_by_others(shop.spec):
        found = compare_on(shop, rows, model, before, "before", by=name, level=BETTER_LEVEL)
        if found is not None and found.difference.low is not None and found.difference.low > 0:
            return found
    return None
