"""Several LightGBM text models as one, whose raw scores are the weighted sum of theirs.

A raw score is a sum of leaves, so a weight may as well be in the leaves: as LightGBM's own `Tree::Shrinkage` does it
(include/LightGBM/tree.h), values of leaves and nodes are multiplied and all else of a tree stays, its counts of rows too, by
which TreeSHAP weighs branches. Tree i adds to class i % k, so whole rounds follow one another.
"""

import math
from collections.abc import Iterator, Sequence

from millwright.errors import PackageRefused
from millwright.models.lightgbm_text import FILE, check_text

_SHAPE = ("num_class", "num_tree_per_iteration", "max_feature_idx")
_MARK = "Tree="
_END = "end of trees\n"


def can_merge(text: bytes) -> bool:
    """Whether each leaf holds one number and nothing else: a linear model in a leaf is multiplied otherwise."""
    return not any(line.startswith(b"is_linear=") and line != b"is_linear=0" for line in text.splitlines())


def merged(texts: Sequence[tuple[float, bytes]]) -> bytes:
    """One model of several, each with its weight; the header is the first one's.

    Scores differ from the weighted sum by rounding alone. Raises PackageRefused: a damaged text, a weight that is no finite
    number, or models of different widths or features.
    """
    shapes, parts = set(), []
    for weight, text in texts:
        check_text(text)
        header, _, body = text.decode().partition("\n\n")
        shapes.add(tuple(line for line in header.splitlines() if line.partition("=")[0] in _SHAPE))
        parts += [_scaled(part, weight) for part in body.removesuffix(_END).split(_MARK)[1:]]
    if len(shapes) != 1:
        raise PackageRefused("trees of different widths or features cannot be one model", where=FILE)
    trees = [f"{_MARK}{number}\n{part}" for number, part in enumerate(parts)]
    header = "\n".join(_header(texts[0][1].decode().partition("\n\n")[0], trees))
    return f"{header}\n\n{''.join(trees)}{_END}".encode()


def _header(header: str, trees: Sequence[str]) -> Iterator[str]:
    """Raw scores are sums, of a random forest too: no mark of an average is left."""
    for line in header.splitlines():
        if line.startswith("tree_sizes="):
            yield f"tree_sizes={' '.join(str(len(tree)) for tree in trees)}"
        elif line != "average_output":
            yield line


def _scaled(part: str, weight: float) -> str:
    """A tree without its number, its values multiplied."""
    return "".join(f"{_line(line, weight)}\n" for line in part.split("\n")[1:-1])


def _line(line: str, weight: float) -> str:
    name, _, words = line.partition("=")
    if name not in ("leaf_value", "internal_value", "shrinkage"):
        return line
    values = [float(word) * weight for word in words.split()]
    if not all(map(math.isfinite, values)):
        raise PackageRefused("a leaf times its weight is no finite number", where=FILE)
    return f"{name}={' '.join(map(repr if name == 'leaf_value' else _short, values))}"


def _short(value: float) -> str:
    """As LightGBM writes what no answer is made of."""
    return f"{value:g}"
