"""The section that shows a model that a person can read: all of it, as a picture and as figures."""

from collections.abc import Iterator

from millwright.evaluate.report.figures import many, number, percent
from millwright.evaluate.report.html import Markup, join, section, table, tag
from millwright.evaluate.report.inputs import ReportInput
from millwright.evaluate.report.shape_picture import (
    coefficient_plot,
    coefficients,
    ends_of,
    shape_picture,
    shape_rows,
    shown_shapes,
)
from millwright.evaluate.report.tree_picture import tree_picture
from millwright.records.readable import Readable

_LEFT_OUT = "Of each column only its own meaning is used: no words, and no means by level."


def whole_model(report: ReportInput) -> Markup:
    """The picture of the model; nothing of one that no person can read."""
    if not report.readable:
        return Markup("")
    parts = [_one(report, model) for model in report.readable]
    return section("The whole model", f"It is {report.readable[0].name}: all of it is here. {_how(report)}", *parts)


def picture_lines(report: ReportInput) -> Iterator[str]:
    """For the card: what it is, and where the picture is."""
    if report.readable:
        yield f"It is {report.readable[0].name}. The report draws all of it, under “The whole model”."


def _how(report: ReportInput) -> str:
    kind, score = report.readable[0].kind, _score(report)
    if kind == "tree":
        return f"A row follows the branches that hold for it, and gets the answer where it ends. {_LEFT_OUT}"
    return (
        f"What each column adds is added up to the {score}, which "
        f"{'is the answer' if report.info.task == 'regression' else 'the calibration turns into a probability'}. {_LEFT_OUT}"
    )


def _score(report: ReportInput) -> str:
    return "value" if report.info.task == "regression" else "score (log odds)"


def _one(report: ReportInput, model: Readable) -> Markup:
    named = tag("h3", f"{report.info.target} is {model.of}") if model.of else Markup("")
    return join(named, _picture(report, model), _twin(model))


def _picture(report: ReportInput, model: Readable) -> Markup:
    if model.kind == "tree":
        return tag("div", tree_picture(model, unit=report.info.task != "regression"), class_="panel")
    base = f"Every row begins at {number(model.base)}; a column that adds nothing is not drawn. "
    if model.kind == "linear":
        note = "Bars: what one standard deviation more of a number adds, or being of a level. The largest of them."
        return tag("div", tag("p", base + note, class_="note"), coefficient_plot(model), class_="panel")
    profiles, ends = {column.name: column for column in report.profile.columns}, ends_of(model)
    note = (
        "All pictures have the same scale; under a curve, how often values are, beside a bar in how many rows. "
        "The share is how far a column moves the score."
    )
    drawn = [shape_picture(shape, profiles.get(shape.column), ends) for shape in shown_shapes(model)]
    more = len(model.shapes) - len(drawn)
    rest = f" {many(more, 'more column')} that move it less are in the table." if more > 0 else ""
    return join(tag("p", base + note + rest, class_="note"), tag("div", *drawn, class_="pair"))


def _twin(model: Readable) -> Markup:
    """The same as figures."""
    summary = tag("summary", "The same in figures")
    if model.kind == "tree":
        rows: list[tuple[str, ...]] = [
            (" ".join(["·" * branch.depth, branch.said]), percent(branch.rows), number(branch.answer))
            for branch in model.branches
        ]
        return tag("details", summary, table(("a row comes here where", "rows", "answer"), rows, (1, 2)))
    if model.kind == "linear":
        found = [(name, f"{value:+.4g}") for name, value in coefficients(model)]
        return tag("details", summary, table(("term", "adds"), [("every row", f"{model.base:.4g}"), *found], (1,)))
    lines = [(shape.feature, where, added) for shape in model.shapes for where, added in shape_rows(shape)]
    every = ("every row", "", number(model.base))
    return tag("details", summary, table(("column", "where", "adds"), [every, *lines], (2,)))
