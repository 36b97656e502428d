"""Draw docs/pictures/late-labels.svg: how complete labels are by age, and a live figure day by day, of simulated predictions.

`python scripts/draw_late_labels.py` writes the picture anew; the same seed gives the same picture.
"""

from pathlib import Path

import numpy as np

from millwright.estimate.late_labels import Lateness, Told, late_quality
from millwright.metrics.probability import log_loss

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "late-labels.svg"
ROWS, DAYS = 6000, 90
WIDTH, HEIGHT, EDGE = 380, 220, 44


def main() -> None:
    """Predictions of 30 days, of which positives are told after 12 days and negatives after 3, looked at day by day."""
    random = np.random.default_rng(7)
    at, said = random.uniform(0, DAYS, ROWS), random.beta(1.2, 3, ROWS)
    y = (random.random(ROWS) < said).astype(float)
    delays = np.where(y == 1, random.gamma(3, 4, ROWS), random.gamma(2, 1.5, ROWS))
    cohort = (at >= 45) & (at < 60)
    final = log_loss.value(y[cohort], said[cohort])
    days, naive, weighted, low, high, lateness = [], [], [], [], [], None
    for today in range(66, 91, 2):
        ages = today - at
        seen = (delays <= ages) & (ages >= 0)
        past = ages >= 0
        told = Told(np.where(seen, delays, np.nan)[past], ages[past], np.where(seen, y, -1)[past])
        lateness = Lateness(told)
        part = cohort[past]
        some = Told(told.delays[part], told.ages[part], told.outcomes[part])
        truth = np.where(seen, y, np.nan)[past][part]
        figure = late_quality([(log_loss, said[past][part])], truth, some, lateness).metrics[0].interval
        days.append(today - 60)
        naive.append(log_loss.value(y[cohort & seen], said[cohort & seen]))
        weighted.append(figure.value or 0.0)
        low.append(figure.low or 0.0)
        high.append(figure.high or 0.0)
    assert lateness is not None
    steps = [float(step) for step in lateness.at if step <= 24]
    shares = [lateness.shares[0, group, : len(steps)].tolist() for group in (0, 1)]
    PICTURE.write_text(_page(steps, shares, days, naive, weighted, low, high, final))


def _page(steps, shares, days, naive, weighted, low, high, final) -> str:  # type: ignore[no-untyped-def]  # a script's own
    x, y = _scale(0, 24, EDGE, WIDTH - 12), _scale(0, 1, HEIGHT - EDGE, 24)
    bottom, top = min(*naive, *low) - 0.01, max(*high, final) + 0.01
    u, v = _scale(days[0], days[-1], WIDTH + EDGE, 2 * WIDTH - 12), _scale(bottom, top, HEIGHT - EDGE, 24)
    band = " ".join([f"{u(d):.1f},{v(a):.1f}" for d, a in zip(days, low, strict=True)])
    band += " " + " ".join([f"{u(d):.1f},{v(b):.1f}" for d, b in reversed(list(zip(days, high, strict=True)))])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{2 * WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(EDGE, 14, "Share of labels that have come, by age of the prediction"),
        _line(steps, shares[0], x, y, "#2166ac"),
        _line(steps, shares[1], x, y, "#b2182b"),
        _text(x(4), y(0.62), "negatives", "#2166ac"),
        _text(x(15), y(0.52), "positives", "#b2182b"),
        *[_text(x(d) - 6, HEIGHT - 26, f"{d} d") for d in (0, 6, 12, 18, 24)],
        *[_text(8, y(s) + 4, f"{s:.0%}") for s in (0, 0.5, 1)],
        _text(WIDTH + EDGE, 14, "Log loss of one fortnight, on the days after it"),
        f'<polygon points="{band}" fill="#2166ac" opacity="0.15"/>',
        f'<line x1="{u(days[0]):.1f}" x2="{u(days[-1]):.1f}" y1="{v(final):.1f}" y2="{v(final):.1f}" stroke="#333" '
        'stroke-dasharray="4 3"/>',
        _line(days, weighted, u, v, "#2166ac"),
        _line(days, naive, u, v, "#b2182b"),
        _text(u(days[-1]) - 150, v(final) - 5, "final value"),
        _text(u(days[0]) + 6, v(naive[0]) + 14, "mean of the labels so far", "#b2182b"),
        _text(u(days[0]) + 6, v(high[0]) + 14, "weighted, with its interval", "#2166ac"),
        *[_text(u(d) - 8, HEIGHT - 26, f"+{d} d") for d in days[::3]],
        *[_text(WIDTH + 4, v(s) + 4, f"{s:.2f}") for s in np.linspace(bottom + 0.02, top - 0.02, 3).tolist()],
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _scale(first, last, start, end):  # type: ignore[no-untyped-def]
    return lambda value: start + (value - first) / (last - first) * (end - start)


def _line(xs, ys, x, y, colour) -> str:  # type: ignore[no-untyped-def]
    points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(xs, ys, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>'


def _text(x: float, y: float, words: str, colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{words}</text>'


if __name__ == "__main__":
    main()
