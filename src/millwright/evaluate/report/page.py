"""The report: one HTML file that needs nothing else, for people who read no code. Light and dark, on paper too."""

from millwright.evaluate.report.closing import gates, identities, limits_section, next_section
from millwright.evaluate.report.html import Markup, tag
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.opening import opening, what_it_does
from millwright.evaluate.report.origin import data_facts, how_it_was_found, not_used
from millwright.evaluate.report.quality import against_others, how_good, trust, what_it_looks_at, where_it_is_weak
from millwright.evaluate.report.style import STYLE
from millwright.evaluate.report.whole_model import whole_model

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render_report(report: ReportInput) -> str:
    """The page as text. It loads nothing and runs nothing; the same input gives the same bytes.

    It follows the reader's light or dark setting; `data-theme` on the html element ("light", "dark") overrides it.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        # A second lock behind the escaping: nothing in the page may load or run.
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("title", f"{report.spec.project}: model report"),
        tag("style", Markup(STYLE)),
    )
    parts = (
        opening,
        what_it_does,
        how_good,
        against_others,
        trust,
        what_it_looks_at,
        whole_model,
        where_it_is_weak,
        gates,
        data_facts,
        not_used,
        how_it_was_found,
        limits_section,
        next_section,
        identities,
    )
    body = tag("body", tag("main", *(part(report) for part in parts)))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"
