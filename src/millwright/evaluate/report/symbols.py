"""The signs of actions: told apart by their shape, and by colour besides."""

from collections.abc import Mapping

from millwright.evaluate.report.html import Markup, tag

# Each in a square from -6 to 6 around its place.
_SHAPE: Mapping[str, str] = {
    "retrain": "M5.2 0A5.2 5.2 0 1 1 3.4 -3.9M3.9 -6.4L3.7 -3.6L0.9 -3.7",
    "promote": "M0 -6L6 5H-6Z",
    "rollback": "M0 6L6 -5H-6Z",
    "refuse": "M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5",
    "abort": "M-5 -5H5V5H-5Z",
    "hold": "M-4.6 -5.4H-1.4V5.4H-4.6ZM1.4 -5.4H4.6V5.4H1.4Z",
    "shadow": "M0 -6L6 0L0 6L-6 0Z",
    "canary": "M0 -6L6 0L0 6L-6 0ZM0 -6V6",
    "alert": "M0 -6L6 5H-6ZM0 -2V1.6M0 3.2V3.6",
    "approve": "M-5 0.5L-1.5 4.5L5 -4.5",
    "decline": "M-5.2 0A5.2 5.2 0 1 1 5.2 0A5.2 5.2 0 1 1 -5.2 0ZM-3.7 3.7L3.7 -3.7",
}
_QUIET: Mapping[str, str] = {
    "pause": "M-4.6 -5.4H-2.4V5.4H-4.6ZM2.4 -5.4H4.6V5.4H2.4Z",
    "resume": "M-4 -6L6 0L-4 6Z",
    "recalibrate": "M-3 -5.2H3L6 0L3 5.2H-3L-6 0Z",
    "archive": "M-6 -5H6V-2H-6ZM-5 -2V5H5V-2M-2 1H2",
    "restore": "M-5 5V-1H5V5ZM0 -1V-6M-3 -3.5L0 -6.5L3 -3.5",
    "ask_labels": "M-6 -5H6V3H1L-2 6V3H-6Z",
}
"""Signs without a colour of their own."""
_DOT = "M-4 0A4 4 0 1 1 4 0A4 4 0 1 1 -4 0Z"


def symbol(action: str, x: float, y: float, said: str = "") -> Markup:
    """The sign of an action at a place of a drawing; `said` is shown under the pointer."""
    hint = (tag("title", said),) if said else ()
    known = action if action in _SHAPE else "other"
    shape = tag("path", d={**_SHAPE, **_QUIET}.get(action, _DOT))
    # A bare path is hard to hit with a pointer: an unseen square behind it takes the hint as well.
    return tag("g", *hint, tag("rect", x=-9, y=-9, width=18, height=18, class_="target"), shape,
               transform=f"translate({x:.1f} {y:.1f})", class_=f"sign {known}")  # fmt: skip


def icon(action: str) -> Markup:
    """The sign by itself, for the running text: it says nothing that the text beside it does not."""
    return tag("svg", symbol(action, 9, 9), viewBox="0 0 18 18", class_="plot icon", aria_hidden="true")
