"""Labels that would lie on each other are moved apart, each as little as possible."""

from collections.abc import Sequence


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places at least `gap` apart within low..high, in the order of `wanted`, with the least sum of squared moves.

    Where there is not enough room the last ones lie beyond `high`. Without their gaps the places need only not fall, which is
    isotonic regression (Ayer et al. 1955), by pooling what violates the order.
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    level = _pooled([wanted[i] - k * gap for k, i in enumerate(order)])
    top = max(low, high - (len(wanted) - 1) * gap)
    placed = [0.0] * len(wanted)
    for k, i in enumerate(order):
        placed[i] = min(max(level[k], low), top) + k * gap
    return placed


def rows_of(starts: Sequence[float], ends: Sequence[float], air: float) -> list[int]:
    """A row for each range, the lowest in which it lies `air` apart from those before it. The ranges come by their start."""
    taken: list[float] = []
    rows = []
    for start, end in zip(starts, ends, strict=True):
        row = next((i for i, until in enumerate(taken) if until + air <= start), len(taken))
        taken[row : row + 1] = [end]
        rows.append(row)
    return rows


def _pooled(values: Sequence[float]) -> list[float]:
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (last, m), (before, n) = pools.pop(), pools.pop()
            pools.append(((last * m + before * n) / (m + n), m + n))
    return [value for value, count in pools for _ in range(count)]
