"""What every page of ours is wrapped in: one file that loads nothing and runs nothing."""

from millwright.evaluate.report.html import Markup, tag

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A second lock behind the escaping: nothing in the page may load or run."""


def document(title: str, style: str, *parts: str, kind: str = "page") -> str:
    """A whole page around its parts. kind: the class of its main element, for the style."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=CONTENT_POLICY),
        tag("title", title),
        tag("style", Markup(style)),
    )
    body = tag("body", tag("main", *parts, class_=kind))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"
