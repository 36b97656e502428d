"""How a network is trained over its planned epochs: learning rate, dropout and decay, all by the epoch and never by the clock.

The learning rate goes through four cycles, each twice as long as the one before: up from 0 and down to 0 again ("coslog4",
RealMLP: Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491). Each cycle ends in a network that is fit to be used: a fit
that is stopped early, or by its deadline, has one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from millwright.errors import DataRefused, nearest
from millwright.records.spec import Scalar

CYCLES = 4
IGNORED = ("num_threads", "early_stopping_rounds")
"""Settings of other families that the search or a person may give to all: a network's cycles say when to stop."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is planned. epochs: in all four cycles; batch: rows of a step; epoch_rows: the most rows of an epoch, the next one
    goes on from there; units: of each hidden layer; pieces: of each number; rate: of the weights' steps; drop: of units.
    """

    epochs: int
    batch: int
    epoch_rows: int
    units: int
    pieces: int
    rate: float
    drop: float
    decay: float

    @property
    def ends(self) -> tuple[int, ...]:
        """The epochs after which a cycle has ended."""
        whole = 2**CYCLES - 1
        return tuple(math.ceil(self.epochs * (2**cycle - 1) / whole) for cycle in range(1, CYCLES + 1))

    def rate_at(self, epoch: float) -> float:
        """The learning rate as a share of `rate`, after so many epochs and parts of one."""
        begins = [0, *self.ends[:-1]]
        for begin, end in zip(begins, self.ends, strict=True):
            if epoch < end:
                phase = math.log2(1.0 + (epoch - begin) / (end - begin))
                return 0.5 - 0.5 * math.cos(2.0 * math.pi * phase)
        return 0.0

    def held(self, epoch: float) -> float:
        """The share of dropout and decay that is left: all for the first half, then less and less ("flat_cos")."""
        done = epoch / self.epochs
        return 1.0 if done < 0.5 else 0.5 + 0.5 * math.cos(math.pi * (2.0 * done - 1.0))


SETTINGS: Mapping[str, tuple[type[int] | type[float], float, float]] = {
    "num_iterations": (int, 1, 10_000),
    "batch_rows": (int, 1, 100_000),
    "epoch_rows": (int, 1, 1e9),
    "units": (int, 1, 1_024),
    "pieces": (int, 0, 256),
    "learning_rate": (float, 1e-6, 10.0),
    "dropout": (float, 0.0, 0.9),
    "weight_decay": (float, 0.0, 1.0),
}
"""What may be set, as what, and within which bounds."""
_USUAL: Mapping[str, Scalar] = {
    "num_iterations": 64,
    "batch_rows": 256,
    "epoch_rows": 50_000,
    "units": 128,
    "pieces": 48,
    "dropout": 0.15,
    "weight_decay": 0.02,
}
_RATE_OF_VALUES, _RATE_OF_CLASSES = 0.07, 0.04


def scheduled(params: Mapping[str, Scalar], *, values: bool) -> Schedule:
    """What the settings ask for; values: the target is a number. Raises DataRefused for what cannot be set so."""
    usual = {**_USUAL, "learning_rate": _RATE_OF_VALUES if values else _RATE_OF_CLASSES}
    asked = {name: value for name, value in params.items() if name not in IGNORED}
    unknown = sorted(set(asked) - set(SETTINGS))
    if unknown:
        raise DataRefused(f"a network has no setting {unknown[0]}", fix=nearest(unknown[0], SETTINGS))
    found: dict[str, Any] = {name: _number(name, value) for name, value in {**usual, **asked}.items()}
    return Schedule(
        epochs=found["num_iterations"],
        batch=found["batch_rows"],
        epoch_rows=found["epoch_rows"],
        units=found["units"],
        pieces=found["pieces"],
        rate=found["learning_rate"],
        drop=found["dropout"],
        decay=found["weight_decay"],
    )


def _number(name: str, value: Scalar) -> int | float:
    kind, least, most = SETTINGS[name]
    try:
        number = kind(value)
    except ValueError:
        number = math.nan
    if not least <= number <= most or number != float(value):
        what = "a whole number" if kind is int else "a number"
        raise DataRefused(f"a network's {name}={value} cannot be used", fix=f"write {what} from {least:g} to {most:g}")
    return number
