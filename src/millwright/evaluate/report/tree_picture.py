"""One small tree as a picture: a row a branch, indented by level, with what a row that ends there is answered."""

from collections.abc import Sequence

from millwright.evaluate.report.figures import number, percent
from millwright.evaluate.report.html import Markup, join, tag
from millwright.evaluate.report.svg import Scale, box, drawing, label, rule, shortened
from millwright.records.readable import Branch, Readable

_WIDTH, _ROW, _INDENT = 780.0, 30.0, 24.0
_ANSWERS, _END = 560.0, 680.0
_LETTER = 6.9


def tree_picture(tree: Readable, *, unit: bool) -> Markup:
    """unit: answers are probabilities, whose bars end at 1; else they go from the least answer to the largest."""
    answers = [branch.answer for branch in tree.branches if branch.answer is not None]
    scale = Scale(0.0, 1.0, _ANSWERS, _END) if unit else Scale(min(0.0, *answers), max(0.0, *answers), _ANSWERS, _END)
    head = join(
        label(_ANSWERS, 12, "answer", kind="axis"), label(_WIDTH, 12, "rows", anchor="end", kind="axis"), _lines(tree.branches)
    )
    rows = [_row(branch, 24 + _ROW * place, scale) for place, branch in enumerate(tree.branches)]
    zero = Markup("") if unit else rule(scale(0.0), 20, scale(0.0), 24 + _ROW * len(tree.branches), "grid")
    return drawing(_WIDTH, 28 + _ROW * len(tree.branches), said_of(tree), head, zero, *rows)


def said_of(tree: Readable) -> str:
    """The tree in a sentence, for those who cannot see it."""
    return "; ".join(
        f"{'  ' * branch.depth}{branch.said}"
        + ("" if branch.answer is None else f": {number(branch.answer)} ({percent(branch.rows)} of the rows)")
        for branch in tree.branches
    )


def _row(branch: Branch, top: float, scale: Scale) -> Markup:
    at, middle = 6 + _INDENT * branch.depth, top + _ROW / 2
    room = int((_ANSWERS - 16 - at) / _LETTER)
    kind = "value" if branch.answer is not None else "name"
    words = tag("text", tag("title", branch.said), shortened(branch.said, room), x=at, y=middle + 4, class_=kind)
    share = label(_WIDTH, middle + 4, percent(branch.rows), anchor="end", kind="tick")
    if branch.answer is None:
        return join(words, share)
    start, end = sorted((scale(0.0), scale(branch.answer)))
    bar = box(start, middle - 8, max(end - start, 1.0), 16, "bar", f"{branch.said}: {number(branch.answer)}")
    return join(words, bar, label(max(end, start) + 6, middle + 4, number(branch.answer), kind="value"), share)


def _lines(branches: Sequence[Branch]) -> Markup:
    """From each node down to the branches that leave it."""
    marks = []
    for place, branch in enumerate(branches):
        children = _children(branches, place)
        if children:
            at, top = 10 + _INDENT * branch.depth, 24 + _ROW * place + _ROW / 2 + 10
            ends = [24 + _ROW * child + _ROW / 2 for child in children]
            marks.append(rule(at, top, at, ends[-1], "branch"))
            marks += [rule(at, end, at + _INDENT - 10, end, "branch") for end in ends]
    return join(*marks)


def _children(branches: Sequence[Branch], place: int) -> list[int]:
    found = []
    for at in range(place + 1, len(branches)):
        if branches[at].depth <= branches[place].depth:
            break
        if branches[at].depth == branches[place].depth + 1:
            found.append(at)
    return found
