"""The marks that plots are made of: scales, axes, frames. Colours come from the page's style, by class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.evaluate.report.figures import number
from millwright.evaluate.report.html import Markup, join, tag

LETTER = 7.3
"""About the width of a letter at the size of plot text, in units of the drawing."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From values low..high to positions start..end of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, wanted: int = 5) -> list[float]:
        """Round values inside the scale, about `wanted` of them."""
        step = _round_step((self.high - self.low) / wanted)
        first = math.ceil(self.low / step - 1e-9)
        return [round(k * step, 12) for k in range(first, math.floor(self.high / step + 1e-9) + 1)]


def scale_over(values: Sequence[float], start: float, end: float) -> Scale:
    """A scale that holds all finite `values` with a little air on both sides."""
    real = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(real), max(real)
    air = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    return Scale(low - air, high + air, start, end)


def drawing(width: float, height: float, said: str, *marks: str) -> Markup:
    """A picture with a sentence that says what it shows, for those who cannot see it."""
    return tag("svg", *marks, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=said, class_="plot")


def label(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "tick") -> Markup:
    """Text at a place; anchor: start, middle or end."""
    return tag("text", text, x=x, y=y, text_anchor=anchor, class_=kind)


def rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def box(x: float, y: float, width: float, height: float, kind: str, said: str = "") -> Markup:
    """A rectangle; `said` is shown under the pointer."""
    shape = {"x": x, "y": y, "width": max(width, 0.0), "height": max(height, 0.0), "rx": 1.5}
    return tag("rect", *_hint(said), class_=kind, **shape)


def dot(x: float, y: float, radius: float, kind: str, said: str = "") -> Markup:
    """A point; `said` is shown under the pointer."""
    return tag("circle", *_hint(said), cx=x, cy=y, r=radius, class_=kind)


def axis_below(scale: Scale, y: float, top: float, title: str = "", wanted: int = 5) -> Markup:
    """Ticks along the bottom with faint lines up to `top`, and a title under them."""
    middle = (scale.start + scale.end) / 2
    marks = [join(rule(scale(t), top, scale(t), y, "grid"), _tick(scale(t), y + 16, t, "middle")) for t in scale.ticks(wanted)]
    return join(*marks, label(middle, y + 36, title, anchor="middle", kind="axis") if title else "")


def axis_left(scale: Scale, x: float, right: float, wanted: int = 5) -> Markup:
    """Ticks up the left side with faint lines to `right`."""
    return join(
        *(join(rule(x, scale(t), right, scale(t), "grid"), _tick(x - 8, scale(t) + 4, t, "end")) for t in scale.ticks(wanted))
    )


def shortened(text: str, letters: int) -> str:
    """Text of at most so many letters."""
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _tick(x: float, y: float, value: float, anchor: str) -> Markup:
    return label(x, y, _plain(value), anchor=anchor)


def _plain(value: float) -> str:
    return number(value).rstrip("0").rstrip(".") if "." in number(value) and "e" not in number(value) else number(value)


def _hint(said: str) -> tuple[Markup, ...]:
    return (tag("title", said),) if said else ()


def _round_step(step: float) -> float:
    if not 0 < step < math.inf:
        return 1.0
    size = 10.0 ** math.floor(math.log10(step))
    return size * next(nice for nice in (1, 2, 2.5, 5, 10) if nice * size >= step * 0.999)
