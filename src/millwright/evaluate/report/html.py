"""HTML as nested calls: text is escaped unless it is markup already, so that no column name can become a tag."""

from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


_VOID = frozenset({"br", "meta", "line", "rect", "circle", "path"})


def tag(name: str, /, *children: str, **attributes: str | float) -> Markup:
    """An element. A trailing underscore of an attribute is dropped (class_), other underscores become hyphens.

    >>> tag("p", "a < b", class_="note")
    '<p class="note">a &lt; b</p>'
    """
    opened = name + "".join(f' {_name(key)}="{escape(_value(value))}"' for key, value in attributes.items())
    if name in _VOID and not children:
        return Markup(f"<{opened}/>")
    return Markup(f"<{opened}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """Pieces one after another; plain text among them is escaped."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def section(title: str, lead: str, *children: str) -> Markup:
    """A section of the page: what it is about, the one sentence to take away, then the evidence."""
    return tag("section", tag("h2", title), tag("p", lead, class_="lead") if lead else "", *children)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], numbers: tuple[int, ...] = ()) -> Markup:
    """A table; the columns at the positions `numbers` are set flush right."""
    top = tag("tr", *(tag("th", cell, scope="col", class_=_side(i, numbers)) for i, cell in enumerate(head)))
    body = (tag("tr", *(tag("td", cell, class_=_side(i, numbers)) for i, cell in enumerate(row))) for row in rows)
    return tag("div", tag("table", tag("thead", top), tag("tbody", *body)), class_="scroll")


def _side(position: int, numbers: tuple[int, ...]) -> str:
    return "number" if position in numbers else "words"


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-") if key != "viewBox" else key


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
