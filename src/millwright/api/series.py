"""Long series made short without hiding what sticks out: of each stretch the least and the greatest stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Generic[T]):
    """`shown` of `of` points, in order; all of them where these are the same number."""

    points: tuple[T, ...]
    shown: int
    of: int


def series(points: Sequence[T], most: int, *values: Callable[[T], float | None]) -> Series[T]:
    """At most about `most` points: the first, the last, and of each of equal stretches those at which one of `values` is least
    or greatest. A point without a value stands for nothing, and may go."""
    if len(points) <= max(most, 2):
        return Series(points=tuple(points), shown=len(points), of=len(points))
    stretches = max(1, (most - 2) // (2 * max(len(values), 1)))
    kept = {0, len(points) - 1}
    for stretch in range(stretches):
        first, after = stretch * len(points) // stretches, (stretch + 1) * len(points) // stretches
        for value in values:
            known = [(found, at) for at in range(first, after) if (found := value(points[at])) is not None]
            if known:
                kept |= {min(known)[1], max(known)[1]}
    chosen = tuple(points[at] for at in sorted(kept))
    return Series(points=chosen, shown=len(chosen), of=len(points))
