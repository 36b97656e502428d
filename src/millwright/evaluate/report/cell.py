"""What a notebook shows of one thing: its own style, no script, nothing from elsewhere, and never more than 50 kB."""

from collections.abc import Sequence

from millwright.evaluate.report.html import Markup, join, tag
from millwright.evaluate.report.scoped import CELL, scoped_style
from millwright.evaluate.report.svg import shortened

MOST_BYTES = 50_000
_MOST_LETTERS, _FRAME = 300, 2_000


def cell(name: str, headline: str, *parts: str, project: str = "", more: str = "") -> str:
    """One cell. name: what it is, for those who hear it; parts: the most telling first, since what is too much is left away;
    more: where the rest is to be found."""
    head = [tag("p", shortened(project, _MOST_LETTERS), class_="project")] if project else []
    head.append(tag("p", shortened(headline, _MOST_LETTERS), class_="headline"))
    kept, whole = _that_fit(parts, sum(_size(part) for part in head))
    left_out = [tag("p", f"There is more than a notebook's cell holds. {more}".strip(), class_="note")] if not whole else []
    body = tag("div", *head, *kept, *left_out, class_="story")
    inside = tag("div", body, class_=CELL, role="region", aria_label=shortened(f"{name}: {headline}", _MOST_LETTERS))
    return join(tag("style", Markup(scoped_style())), inside)


def folded(summary: str, *content: str) -> Markup:
    """What is shown once somebody opens it: the figures of a picture, as a table."""
    return tag("details", tag("summary", summary), *content)


def _that_fit(parts: Sequence[str], used: int) -> tuple[list[str], bool]:
    kept: list[str] = []
    for part in parts:
        used += _size(part)
        if used > MOST_BYTES - _FRAME - len(scoped_style()):
            return kept, False
        kept.append(part)
    return kept, True


def _size(part: str) -> int:
    return len(join(part).encode())
