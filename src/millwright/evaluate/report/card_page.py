"""The model card as a page. It is made from the card that was signed, so it says no more and no less than that."""

import re
from collections.abc import Iterator
from itertools import groupby

from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.shell import document
from millwright.evaluate.report.style import STYLE

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>#|!])")
_CODE = re.compile(r"`([^`]+)`")


def render_card_page(card: str) -> str:
    """The page as text. It loads nothing and runs nothing; the same card gives the same bytes.

    card: Markdown in the few forms that `render_card` writes: headings, lists, one bold line, code. Nothing in it is taken for
    HTML.
    """
    lines = [line for line in card.splitlines() if line.strip()]
    title = _plain(lines[0].removeprefix("# ")) if lines else "model"
    return document(f"{title}: model card", STYLE, *_parts(lines))


def _parts(lines: list[str]) -> Iterator[Markup]:
    for kind, group in groupby(lines, key=_kind):
        texts = list(group)
        if kind == "list":
            yield tag("ul", *(tag("li", *_words(text[2:])) for text in texts))
        else:
            yield from (_block(kind, text) for text in texts)


def _kind(line: str) -> str:
    heads = (("# ", "title"), ("## ", "heading"), ("- ", "list"), ("**", "bold"))
    return next((kind for start, kind in heads if line.startswith(start)), "text")


def _block(kind: str, text: str) -> Markup:
    match kind:
        case "title":
            return tag("p", f"Model card of {_plain(text[2:])}", class_="project")
        case "bold":
            return tag("h1", _plain(text.removeprefix("**").removesuffix("**")))
        case "heading":
            return tag("h2", _plain(text[3:]), class_="of-card")
    return tag("p", *_words(text), class_="note")


def _words(text: str) -> Iterator[str]:
    """Code where it stands between backticks that are not escaped; the rest as it is meant."""
    at = 0
    for found in _CODE.finditer(text):
        if text[found.start() - 1 : found.start()] != "\\":
            yield _plain(text[at : found.start()])
            yield tag("code", found[1])
            at = found.end()
    yield _plain(text[at:])


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
