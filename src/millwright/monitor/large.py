"""How large a change must be before anybody is told of it, however sure it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Large:
    """The least changes that matter. Shares are fractions of the rows; sd is the reference's standard deviation.

    gap: of the share of rows at or below a quantile of the reference; it lies above what the sketches of periods blur.
    """

    mean: float = 0.02
    share: float = 0.01
    missing: float = 0.005
    gap: float = 0.03
    unseen: float = 0.01
    outside: float = 0.01


LARGE = Large()
WITHOUT_PERIODS = Large(mean=0.1, share=0.05, missing=0.025, gap=0.05, unseen=0.01, outside=0.05)
"""Without a history by period one cannot know what varies by itself: only larger changes count."""

FAULT_MISSING = 0.2
FAULT_NEVER_MISSING = 0.05
FAULT_UNSEEN = 0.5
FAULT_FACTOR = 8.0
FAR_FACTOR = 10.0
OUT_OF_REACH = 3.0
FAR_SHARE = 0.002
FAR_ROWS = 5

FEWEST_ROWS = 30
FEWEST_ROWS_STUCK = 50
EXPECTED_ROWS = 10.0
