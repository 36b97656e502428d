"""Draw docs/pictures/attribution.svg: the change of the log loss of simulated windows, each with one planted cause, split.

`python scripts/draw_attribution.py` writes the picture anew; the same seed gives the same picture.
"""

from pathlib import Path

import numpy as np

from millwright.attribute.attribution import attribute
from millwright.attribute.rows import LabelledRows, Terms
from millwright.metrics.probability import log_loss

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "attribution.svg"
ROWS = 8000
WIDTH, LEFT, TOP, STEP = 760, 330, 40, 15
KINDS = {"data_fault": "#b2182b", "label": "#762a83", "covariate": "#2166ac", "concept": "#d95f02", "serving": "#1b7837"}
WORDS = {
    "data_fault": "broken inputs",
    "label": "share of outcomes",
    "covariate": "other inputs",
    "concept": "relation",
    "serving": "serving",
}


def main() -> None:
    """Five windows beside the same rows of before."""
    random = np.random.default_rng(7)
    before = draw(random)
    split = {name: attribute(before, now, answer, Terms(metric=log_loss)) for name, now in windows(random)}
    PICTURE.write_text(page(split))


def odds(columns):  # type: ignore[no-untyped-def]  # a script's own
    south = np.where(columns["place"] == "south", 1.8, 0.0)
    return 1.5 * np.nan_to_num((columns["warmth"] - 15) / 5) - south - 0.3


def answer(columns):  # type: ignore[no-untyped-def]
    return 1 / (1 + np.exp(-np.clip(odds(columns), -30, 30)))


def draw(random, rows=ROWS):  # type: ignore[no-untyped-def]
    columns = {
        "warmth": random.normal(15, 5, rows),
        "place": random.choice(np.array(["north", "south", "east"], dtype=object), rows, p=[0.4, 0.3, 0.3]),
    }
    said = answer(columns)
    return LabelledRows((random.random(rows) < said).astype(float), said, columns)


def windows(random):  # type: ignore[no-untyped-def]
    rows = draw(random)
    gaps = np.where(random.random(ROWS) < 0.4, np.nan, rows.columns["warmth"])
    fed = {**rows.columns, "warmth": gaps}
    yield "warmth missing in 40%", LabelledRows(rows.y, answer(fed), fed)
    yield (
        "more rows with warmth near 15",
        chosen(draw(random, 2 * ROWS), random, lambda r: np.exp(-np.abs(r.columns["warmth"] - 15) / 3)),
    )
    yield "a third as many positives", chosen(draw(random, 2 * ROWS), random, lambda r: np.where(r.y == 1, 0.3, 1.0))
    yield "a third of the outcomes turned in the south", turned(draw(random), random)
    both = turned(draw(random), random)
    fed = {**both.columns, "warmth": np.where(random.random(ROWS) < 0.4, np.nan, both.columns["warmth"])}
    yield "the first and the fourth at once", LabelledRows(both.y, answer(fed), fed)


def chosen(rows, random, chances):  # type: ignore[no-untyped-def]
    at = np.argsort(np.log(random.random(len(rows))) / chances(rows))[-ROWS:]
    return LabelledRows(rows.y[at], rows.said[at], {name: cells[at] for name, cells in rows.columns.items()})


def turned(rows, random):  # type: ignore[no-untyped-def]
    y = np.where((rows.columns["place"] == "south") & (random.random(len(rows)) < 1 / 3), 1 - rows.y, rows.y)
    return LabelledRows(y, rows.said, rows.columns)


def page(split) -> str:  # type: ignore[no-untyped-def]
    lines, at = [], TOP
    ends = [
        end for one in split.values() for part in (one.change, *(k.part for k in one.kinds)) for end in (part.low, part.high)
    ]
    x = scale(min(*ends, 0.0) - 0.02, max(ends) + 0.02, LEFT, WIDTH - 12)
    for name, one in split.items():
        parts = [("the whole change", one.change, "#333"), *((WORDS[k.kind], k.part, KINDS[k.kind]) for k in one.kinds)]
        lines.append(text(8, at + 4, name, "#333", bold=True))
        for word, part, colour in parts:
            lines.append(text(LEFT - 12, at + 4, word, colour, end=True))
            lines.append(
                f'<line x1="{x(part.low):.1f}" x2="{x(part.high):.1f}" y1="{at}" y2="{at}" stroke="{colour}" stroke-width="2"/>'
            )
            lines.append(f'<circle cx="{x(part.value):.1f}" cy="{at}" r="3.5" fill="{colour}"/>')
            at += STEP
        at += STEP
    zero = f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{TOP - 12}" y2="{at - STEP}" stroke="#999" stroke-dasharray="4 3"/>'
    ticks = [text(x(value) - 10, at + 2, f"{value:+.1f}") for value in np.arange(0, max(ends), 0.1).round(1)]
    head = text(LEFT, 18, "Change of the log loss, and the part of each cause, with 95% intervals")
    size = f'viewBox="0 0 {WIDTH} {at + 14}" font-family="sans-serif" font-size="11"'
    back = f'<rect width="{WIDTH}" height="{at + 14}" fill="#fff"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', back, head, zero, *lines, *ticks, "</svg>"]) + "\n"


def scale(first, last, start, end):  # type: ignore[no-untyped-def]
    return lambda value: start + (value - first) / (last - first) * (end - start)


def text(x: float, y: float, words: str, colour: str = "#333", *, bold: bool = False, end: bool = False) -> str:
    how = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{how}>{words}</text>'


if __name__ == "__main__":
    main()
