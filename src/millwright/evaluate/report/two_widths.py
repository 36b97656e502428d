"""A picture drawn twice, for wide and for narrow screens: a drawing that only shrinks cannot be read on a phone."""

from collections.abc import Callable

from millwright.evaluate.report.html import Markup, join, tag

ROOMY, NARROW = 720.0, 360.0
"""Widths of the drawing; style.py shows one of the two."""


def at_two_widths(draw: Callable[[float], Markup]) -> Markup:
    """The drawing at both widths. draw: makes it at a width."""
    return join(tag("div", draw(ROOMY), class_="roomy"), tag("div", draw(NARROW), class_="narrow"))
