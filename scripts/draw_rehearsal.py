"""Draw docs/pictures/rehearsal.svg from what a rehearsal left: `python scripts/draw_rehearsal.py FOLDER/rehearsal.json`."""

import json
import sys
from datetime import datetime
from pathlib import Path

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "rehearsal.svg"
WIDTH, LEFT, RIGHT = 760, 110, 16
BLUE, RED, GREY, SAND = "#2166ac", "#b2182b", "#888", "#f3dfc1"
LANE = {"live": 40, "tried": 70, "found": 100, "decided": 130}
SIGNS = {"retrain": (BLUE, "retrain"), "refuse": (GREY, "refuse"), "promote": ("#1a7f37", "promote"), "hold": (RED, "hold")}


def main(path: Path) -> None:
    """Above: what was live, tried, found and decided. Below: the policy against every other way, by the main metric."""
    rehearsal = json.loads(path.read_text())
    story = rehearsal["story"]
    start, end = _at(story["start"]), _at(story["end"])

    def x(moment: datetime) -> float:
        share = (min(max(moment, start), end) - start) / (end - start)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    metric = rehearsal["share"]["metric"]
    ways = _ways(story, metric)
    height = 190 + 22 * len(ways) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *_faults(story, x),
        *[_text(8, y + 4, name) for name, y in LANE.items()],
        *_lanes(story, x, end),
        *_months(start, end, x),
        *_key(),
        *_gaps(story["titles"][metric], ways),
        "</svg>",
    ]
    PICTURE.write_text("\n".join(parts) + "\n")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(x: float, y: float, words: str, colour: str = "#333") -> str:
    safe = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}">{safe}</text>'


def _faults(story, x):  # type: ignore[no-untyped-def]  # a script's own
    for begin, until, words in story["injected"]:
        a, b = x(_at(begin)), x(_at(until))
        yield f'<rect x="{a:.1f}" y="22" width="{b - a:.1f}" height="122" fill="{SAND}"/>'
        yield _text(max(LEFT, a - 60), 16, words.removesuffix(" (put in)"), "#8a5a00")


def _lanes(story, x, end):  # type: ignore[no-untyped-def]
    for life in story["lives"]:
        yield from _bar(
            x(_at(life["start"])), x(_at(life["until"]) if life["until"] else end), "live", f"v{life['version']}", 1
        )
    for trial in story["trials"]:
        until = x(_at(trial["until"]) if trial["until"] else end)
        yield from _bar(x(_at(trial["start"])), until, "tried", f"v{trial['version']}", 0.35)
    for finding in story["findings"]:
        colour = RED if finding["kind"] == "data_fault" else GREY
        yield f'<circle cx="{x(_at(finding["event_at"])):.1f}" cy="{LANE["found"]}" r="3" fill="{colour}" opacity="0.6"/>'
    for decision in story["decisions"]:
        colour, _ = SIGNS.get(decision["action"], (GREY, ""))
        place = x(_at(decision["event_at"]))
        yield f'<path d="M{place:.1f} {LANE["decided"] - 6}l5 11h-10z" fill="{colour}" opacity="0.8"/>'


def _bar(a: float, b: float, lane: str, words: str, weight: float):  # type: ignore[no-untyped-def]
    y = LANE[lane]
    yield f'<rect x="{a:.1f}" y="{y - 9}" width="{max(b - a, 2):.1f}" height="18" fill="{BLUE}" opacity="{weight}" rx="2"/>'
    if b - a > 22:
        yield _text(a + 5, y + 4, words, "#fff" if weight == 1 else "#123")


def _months(start: datetime, end: datetime, x):  # type: ignore[no-untyped-def]
    year, month = start.year, start.month
    while (year, month) <= (end.year, end.month):
        moment = datetime(year, month, 1, tzinfo=start.tzinfo)
        if start <= moment < end:
            yield f'<line x1="{x(moment):.1f}" x2="{x(moment):.1f}" y1="144" y2="149" stroke="#333"/>'
            yield _text(x(moment) + 2, 160, f"{moment:%b}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="144" y2="144" stroke="#333"/>'


def _key():  # type: ignore[no-untyped-def]
    for number, (colour, words) in enumerate(SIGNS.values()):
        left = WIDTH - 300 + 74 * number
        yield f'<path d="M{left} 167l5 11h-10z" fill="{colour}"/>'
        yield _text(left + 8, 177, words)


def _ways(story, metric: str):  # type: ignore[no-untyped-def]
    titles = {way["name"]: f"{way['title']} ({way['retrains']})" for way in story["ways"]}
    return [(titles[gap["against"]], gap["difference"]) for gap in story["gaps"] if gap["metric"] == metric]


def _gaps(title: str, ways):  # type: ignore[no-untyped-def]
    reach = max(abs(end) for _, gap in ways for end in (gap["low"], gap["high"], 0.0) if end is not None) or 1.0
    middle, scale = 470.0, 250 / reach
    top = 200
    yield _text(8, top - 4, f"{title}: this policy better by, against (retrains)")
    yield f'<line x1="{middle}" x2="{middle}" y1="{top}" y2="{top + 22 * len(ways)}" stroke="#333" stroke-dasharray="3 3"/>'
    for number, (name, gap) in enumerate(ways):
        y = top + 14 + 22 * number
        yield _text(20, y + 4, name)
        low, high = middle + scale * (gap["low"] or 0), middle + scale * (gap["high"] or 0)
        yield f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{BLUE}" stroke-width="2"/>'
        yield f'<circle cx="{middle + scale * (gap["value"] or 0):.1f}" cy="{y}" r="4" fill="{BLUE}"/>'
    below = top + 22 * len(ways) + 14
    yield from (_text(middle + scale * at - 14, below, f"{at:+.2g}") for at in (-reach * 0.9, 0.0, reach * 0.9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
