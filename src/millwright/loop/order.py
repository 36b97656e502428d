"""What a run is asked beside the spec: from which rows it learns, and with which settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from millwright.loop.prove import Take
from millwright.records.modelling import Encoder, TrialConfig

Holdout = int | Literal["recent", "newest", "none"] | None
"""The newest labelled time, in microseconds; "recent": as little of it as judges well; "newest": less still, where what is live
has decayed, so that most of what is new can be learnt from; "none": nothing, of a model that was judged already and is fitted
once more; None: the share that the spec says."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run keeps of a model. only: its settings; empty: the whole search. made: how features are made of others; None: as
    the rows say."""

    only: tuple[TrialConfig, ...] = ()
    made: tuple[Encoder, ...] | None = None


ANEW = Kept()


@dataclass(frozen=True, slots=True)
class Order:
    """A run under a name of its own, so that it is found again however it ends.

    as_of: nothing known later is used. take: how it comes to its rows; None: from the spec's source. window: "expanding",
    "auto" or a duration, as in the spec's retrain.window. holdout: what is sealed of the labelled rows, see Holdout. since:
    nothing that happened before counts, whatever the window. kept: of the live model. refit: whether what passed is fitted once
    more with the sealed rows too. release: whether a version that passed goes live as release.mode says; a retrain leaves that
    to the policy.
    """

    run: str
    as_of: datetime
    take: Take | None = None
    window: str = "expanding"
    holdout: Holdout = None
    since: datetime | None = None
    kept: Kept = ANEW
    refit: bool = False
    release: bool = False
