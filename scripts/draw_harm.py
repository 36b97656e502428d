"""Draw docs/pictures/harm.svg: the evidence for harm in trials of three simulated challengers, row by row.

`python scripts/draw_harm.py` writes the picture anew; the same seed gives the same picture.
"""

from pathlib import Path

import numpy as np

from millwright.evaluate.harm import allowance, by_days, by_rows, swing_of, together

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "harm.svg"
DAYS, ROWS, SWING, NOISE = 14, 200, 0.04, 0.2
KINDS = (("as good", 0.0, "#2166ac"), ("a little worse", 0.06, "#e08214"), ("much worse", 0.3, "#b2182b"))
NEEDED, LEAST, MOST = np.log(40), np.log(1e-4), np.log(1e4)
WIDTH, HEIGHT, LEFT, RIGHT, EDGE = 720, 260, 62, 112, 36


def main() -> None:
    """Days that swing, each challenger worse by so much, and what two halves of the evidence say together."""
    random = np.random.default_rng(8)
    before = swing_of(_draws(random, 40, 0.0), np.repeat(np.arange(40), ROWS))
    assert before is not None
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 16, "Evidence for harm after each row, 200 labelled rows a day"),
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(NEEDED):.1f}" y2="{_y(NEEDED):.1f}" stroke="#333" '
        'stroke-dasharray="4 3"/>',
        _text(LEFT + 300, _y(NEEDED) - 5, "40: harm is shown, the trial ends"),
        *[_text(8, _y(np.log(value)) + 4, f"{value:g}") for value in (1e-4, 1e-2, 1, 100, 1e4)],
        *[_text(_x(day * (ROWS + 1)) - 14, HEIGHT - 12, f"day {day}") for day in range(0, DAYS + 1, 2)],
    ]
    for words, worse, colour in KINDS:
        draws = _draws(random, DAYS, worse)
        means, closed = draws.reshape(DAYS, ROWS).mean(axis=1), np.arange(1, DAYS + 1) * ROWS
        logs = together(by_rows(draws, allowance(before), -1.0), by_days(means, 0.0, before.spread), closed)
        shown = np.flatnonzero(logs >= NEEDED)
        end = int(shown[0]) + 1 if len(shown) else len(logs)
        points = " ".join(f"{_x(at):.1f},{_y(logs[at]):.1f}" for at in range(end) if at % 10 == 0 or at == end - 1)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        parts.append(_text(_x(end) + 6, _y(logs[end - 1]) + (14 if len(shown) else 4), words, colour))
    PICTURE.write_text("\n".join([*parts, "</svg>"]) + "\n")


def _draws(random: np.random.Generator, days: int, worse: float):  # type: ignore[no-untyped-def]  # a script's own
    return np.clip(worse + np.repeat(random.normal(0, SWING, days), ROWS) + random.normal(0, NOISE, days * ROWS), -1, 1)


def _x(at: float) -> float:
    return LEFT + at / (DAYS * (ROWS + 1)) * (WIDTH - RIGHT - LEFT)


def _y(log: float) -> float:
    return float(HEIGHT - EDGE - (np.clip(log, LEAST, MOST) - LEAST) / (MOST - LEAST) * (HEIGHT - EDGE - 30))


def _text(x: float, y: float, words: str, colour: str = "#333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{words}</text>'


if __name__ == "__main__":
    main()
