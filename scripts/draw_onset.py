"""Draw docs/pictures/onset.svg: when a feed broke, by its days and then by the hours around, from simulated requests.

`python scripts/draw_onset.py` writes the picture anew; the same seed gives the same picture.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from millwright.monitor.cause_words import when_in_words
from millwright.monitor.change_point import turned
from millwright.monitor.variation import even
from millwright.records.deciding import Onset

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "onset.svg"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START, BROKE = datetime(2013, 7, 28, tzinfo=UTC), datetime(2013, 8, 3, 4, 20, tzinfo=UTC)
PER_HOUR, USUAL = 12, 0.04
WIDTH, HEIGHT, EDGE = 380, 220, 40


def main() -> None:
    """Eight days of requests whose temperature is missing from a certain minute on."""
    random = np.random.default_rng(7)
    by_days = _drawn(random, START, DAY, 8)
    onset = _onset(by_days, DAY)
    by_hours = _drawn(random, onset.earliest - 12 * HOUR, HOUR, int((onset.latest - onset.earliest) / HOUR) + 24)
    PICTURE.write_text(_page(by_days, onset, by_hours, _onset(by_hours, HOUR)))


def _drawn(random, start, step, count):  # type: ignore[no-untyped-def]  # a script's own
    """Of each slot its start, rows, and share missing."""
    found = []
    for i in range(count):
        begin = start + i * step
        rows = int(PER_HOUR * (step / HOUR))
        broken = min(max((begin + step - BROKE) / step, 0.0), 1.0)
        lost = random.binomial(rows, broken + (1 - broken) * USUAL * float(np.exp(0.4 * random.normal())))
        found.append((begin, rows, lost / rows))
    return found


def _onset(slots, step) -> Onset:  # type: ignore[no-untyped-def]
    values, noises = even(np.array([share for _, _, share in slots]), np.array([float(rows) for _, rows, _ in slots]))
    usual, noise = even(np.array([USUAL]), np.array([float(slots[0][1])]))
    found = turned([(at, at + step) for at, _, _ in slots], values, 1 / noises, float(usual[0]), float(1 / noise[0]))
    assert found is not None
    return found.onset


def _page(by_days, days, by_hours, hours) -> str:  # type: ignore[no-untyped-def]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{2 * WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *_panel(by_days, days, DAY, 0, "temp missing, day by day", "{0.day}"),
        *_panel(by_hours, hours, HOUR, WIDTH, "the hours around, read once", "{0:%H}"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _panel(slots, onset, step, left, title, form):  # type: ignore[no-untyped-def]
    first, last = slots[0][0], slots[-1][0] + step
    width = WIDTH - EDGE - 16

    def x(at):  # type: ignore[no-untyped-def]
        return left + EDGE + (at - first) / (last - first) * width

    def y(share):  # type: ignore[no-untyped-def]
        return HEIGHT - 44 - share * (HEIGHT - 80)

    yield _text(left + EDGE, 14, title)
    a, b = x(onset.earliest), x(onset.latest)
    yield f'<rect x="{a:.1f}" y="22" width="{b - a:.1f}" height="{HEIGHT - 66}" fill="#b2182b" opacity="0.15"/>'
    for at, _, share in slots:
        yield (
            f'<rect x="{x(at) + 0.5:.1f}" y="{y(share):.1f}" width="{x(at + step) - x(at) - 1:.1f}" '
            f'height="{HEIGHT - 44 - y(share):.1f}" fill="#2166ac"/>'
        )
    yield f'<line x1="{x(BROKE):.1f}" x2="{x(BROKE):.1f}" y1="22" y2="{HEIGHT - 44}" stroke="#333" stroke-dasharray="4 3"/>'
    for at, _, _ in slots[:: max(1, len(slots) // 8)]:
        yield _text(x(at), HEIGHT - 30, form.format(at))
    yield from (_text(left + 6, y(share) + 4, f"{share:.0%}") for share in (0, 0.5, 1))
    yield _text(left + EDGE, HEIGHT - 10, when_in_words(onset, "UTC"), "#b2182b")


def _text(x: float, y: float, words: str, colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{words}</text>'


if __name__ == "__main__":
    main()
