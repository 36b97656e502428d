"""Draw docs/loop.svg, the picture of the loop in the README: `python scripts/make_picture.py`."""

from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "docs" / "loop.svg"

TOP = [
    ("prove the data", "snapshot, contract,\nleaks, conflicts"),
    ("build features", "one plan, batch = row\nto the bit"),
    ("search", "a fixed portfolio,\na hard deadline"),
    ("judge", "sealed rows, intervals,\ngates"),
]
BOTTOM = [
    ("labels", "late, repeated,\nconflicting: told apart"),
    ("log", "before it is answered,\nreadable by DuckDB"),
    ("serve", "microseconds a row,\nverified packages only"),
    ("pack and release", "signed, golden rows,\none compare-and-swap"),
]
STYLE = """
  .box { fill: #ffffff; stroke: #2f5d8a; stroke-width: 1.5 }
  .name { font: 600 15px system-ui, sans-serif; fill: #16324f }
  .note { font: 12px system-ui, sans-serif; fill: #4a5b6c }
  .arrow { stroke: #2f5d8a; stroke-width: 1.8; fill: none; marker-end: url(#tip) }
  .later { stroke: #9a6b1f; stroke-dasharray: 5 4 }
  .why { font: italic 12px system-ui, sans-serif; fill: #7a5516 }
  @media (prefers-color-scheme: dark) {
    .box { fill: #17212b; stroke: #7fb0de } .name { fill: #e6eef6 } .note { fill: #a9b8c6 }
    .arrow { stroke: #7fb0de } .later { stroke: #d9a94e } .why { fill: #e0b865 }
  }
"""
WIDTH, HEIGHT, GAP, LEFT = 190, 78, 34, 20


def box(column: int, y: int, name: str, note: str) -> str:
    """A named box with two lines of remarks."""
    x = LEFT + column * (WIDTH + GAP)
    middle = x + WIDTH / 2
    lines = "".join(
        f'<text class="note" x="{middle}" y="{y + 44 + 16 * i}" text-anchor="middle">{line}</text>'
        for i, line in enumerate(note.split("\n"))
    )
    title = f'<text class="name" x="{middle}" y="{y + 24}" text-anchor="middle">{name}</text>'
    return f'<rect class="box" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="10"/>{title}{lines}'


def arrow(path: str, kind: str = "arrow") -> str:
    """A line with a tip."""
    return f'<path class="{kind}" d="{path}"/>'


def main() -> None:
    """Write the picture."""
    step = WIDTH + GAP
    parts = [box(i, 20, *item) for i, item in enumerate(TOP)] + [box(i, 170, *item) for i, item in enumerate(BOTTOM)]
    parts += [arrow(f"M{LEFT + i * step + WIDTH} 59 h{GAP - 8}") for i in range(3)]
    parts += [arrow(f"M{LEFT + i * step + WIDTH + GAP} 209 h-{GAP - 8}") for i in range(3)]
    parts.append(arrow(f"M{LEFT + 3 * step + WIDTH / 2} 98 v64"))
    parts.append(arrow(f"M{LEFT + WIDTH / 2} 170 v-64", "arrow later"))
    parts.append(f'<text class="why" x="{LEFT + WIDTH / 2 + 12}" y="138">what came true is what it learns from next</text>')
    tip = '<marker id="tip" markerWidth="9" markerHeight="9" refX="7" refY="4" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#2f5d8a"/></marker>'
    width = LEFT * 2 + 4 * WIDTH + 3 * GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 270" width="{width}" height="270" role="img"'
    title = "<title>From data to live answers and back: prove, build, search, judge, pack, serve, log, labels</title>"
    OUT.write_text(f"{head}>{title}<style>{STYLE}</style><defs>{tip}</defs>{''.join(parts)}</svg>\n")


if __name__ == "__main__":
    main()
