"""A model that a person can read, as what is drawn of it."""

from typing import Literal

from millwright.records.record import record


@record
class Branch:
    """A node of a drawn tree. said: when a row comes here from the node above; depth: 0 for the first; rows: the share of the
    training rows; answer: what a row gets that ends here, None where it goes on."""

    said: str
    depth: int
    rows: float
    answer: float | None = None


@record
class Shape:
    """What one feature adds to the raw score, less what it adds on average.

    edges: a number up to the first edge gets the first of `values`, above the last one the last; a line (slanted) goes from the
    first edge to the last and is flat beyond. levels: of a category, by name. missing: where there is no value; None where none
    was ever missing. spread: of a line, one standard deviation of the feature. weight: its share in what moves the answers.
    """

    feature: str
    column: str
    part: str = ""
    edges: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    levels: tuple[tuple[str, float], ...] = ()
    missing: float | None = None
    slanted: bool = False
    spread: float = 1.0
    weight: float = 0.0


@record
class Readable:
    """One raw score: `base` and, for a row, what each shape adds; or the leaf of the tree that it comes to.

    of: the class that the score is of, where there are more than two.
    """

    kind: Literal["tree", "linear", "additive"]
    base: float
    branches: tuple[Branch, ...] = ()
    shapes: tuple[Shape, ...] = ()
    of: str = ""

    @property
    def name(self) -> str:
        """What it is, in a few words."""
        leaves = sum(branch.answer is not None for branch in self.branches)
        return {
            "tree": f"one tree of {leaves} leaves",
            "linear": "a linear model",
            "additive": "a sum of curves, one a column",
        }[self.kind]
