"""How a network is trained over its planned epochs: learning rate, dropout and decay, all by the epoch and never by the clock.

The learning rate goes through four cycles, each twice as long as the one before: up from 0 and down to 0 again ("coslog4",
RealMLP: Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491). Each cycle ends in a network that is fit to be used: a fit
that is stopped early, or by its deadline, has one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from millwright.records.spec import Scalar

CYCLES = 4


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is planned. epochs: in all four cycles; most: the epochs after which a fit ends at the latest.

    batch: rows of a step; epoch_rows: the most rows of an epoch, the next one goes on from there; rate: of the weights' steps.
    """

    epochs: int
    most: int
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

    def stop(self) -> int:
        """The epochs of a fit that has no rows to tell when it is best: the end of the cycle that is nearest to `most`."""
        return min(self.ends, key=lambda end: abs(math.log((end + 1) / (self.most + 1))))

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


EPOCHS = 64
_RATE = {True: 0.07, False: 0.04}


def scheduled(params: Mapping[str, Scalar], *, values: bool) -> Schedule:
    """What the settings ask for; values: the target is a number."""
    most = int(params.get("num_iterations", params.get("epochs", EPOCHS)))
    return Schedule(
        epochs=max(int(params.get("epochs", most)), 1),
        most=max(most, 1),
        batch=int(params.get("batch_rows", 256)),
        epoch_rows=int(params.get("epoch_rows", 50_000)),
        units=int(params.get("units", 128)),
        pieces=int(params.get("pieces", 16)),
        rate=float(params.get("learning_rate", _RATE[values])),
        drop=float(params.get("dropout", 0.15)),
        decay=float(params.get("weight_decay", 0.02)),
    )
