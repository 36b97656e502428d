"""One run: how much was asked for, fresh seeds, and progress."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np


@dataclass(frozen=True, slots=True)
class Bench:
    """windows: unchanged ones a cell. shifted: changed ones. years: simulated ones. seed: of this run, printed so that it can
    be run again."""

    windows: int
    shifted: int
    years: int
    seed: int
    began: float = field(default_factory=time.monotonic)

    def randoms(self, name: str, count: int) -> Iterator[np.random.Generator]:
        """Generators that no other part of the run shares."""
        for number in range(count):
            yield np.random.default_rng((self.seed, crc32(name.encode()), number))

    def say(self, text: str) -> None:
        """Progress, to stderr."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)
