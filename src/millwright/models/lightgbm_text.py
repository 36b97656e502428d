"""LightGBM's text model: what of it is kept, and the checks that are made before its parser sees it.

LightGBM's reader trusts the lengths that the text states and may end the process where they are wrong. The header states
the length of each tree in bytes; a text whose trees lie where the header says is at least whole.
"""

import re

from millwright.errors import PackageRefused

FILE = "lightgbm.txt"
_END = b"\nend of trees\n"
_START = b"tree\nversion=v4\n"


def trees_only(text: bytes) -> bytes:
    """The model without what follows its trees (settings such as the number of threads): the same model, the same bytes."""
    return text[: text.index(_END) + len(_END)]


def check_text(text: bytes) -> None:
    """Raise PackageRefused unless `text` is a whole model: header, trees of the stated lengths, end mark."""
    header, found, body = text.partition(b"\n\n")
    sizes = re.search(rb"\ntree_sizes=([0-9 ]+)(?:\n|$)", header)
    if not text.startswith(_START) or not found or sizes is None or not text.endswith(_END) or b"\0" in text:
        raise PackageRefused("not a whole LightGBM model", where=FILE)
    _check_trees(body, [int(size) for size in sizes[1].split()])


def _check_trees(body: bytes, sizes: list[int]) -> None:
    at = 0
    for number, size in enumerate(sizes):
        if not body.startswith(b"Tree=%d\n" % number, at):
            raise PackageRefused(f"tree {number} is not where the header says", where=FILE)
        at += size
    if body[at:] != _END.lstrip():
        raise PackageRefused("the trees are not as long as the header says", where=FILE)
