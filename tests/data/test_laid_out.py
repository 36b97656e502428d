"""A table in memory: pieces laid one after the other, each text held once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from millwright.data import read
from millwright.data.read import _laid_out

TEXTS = st.lists(st.none() | st.text(max_size=3), max_size=30)


@given(texts=TEXTS, size=st.integers(1, 7), most=st.integers(0, 5))
def test_pieces_give_what_the_whole_would_and_hold_a_text_once(texts, size, most):
    kept, read._SHARED = read._SHARED, most
    try:
        whole = _laid_out(_pieces(texts, size), len(texts))
    finally:
        read._SHARED = kept
    if not texts:
        assert whole == {}
        return
    assert whole["text"].tolist() == texts
    assert whole["number"].tolist() == list(range(len(texts)))
    if most == 5 and len(set(texts)) <= 5:
        assert len({id(text) for text in whole["text"]}) == len(set(texts))


def _pieces(texts, size):
    for start in range(0, len(texts), size):
        some = list(map(_copied, texts[start : start + size]))
        cells = np.empty(len(some), dtype=object)
        cells[:] = some
        yield {"text": cells, "number": np.arange(start, start + len(some), dtype=np.float64)}


def _copied(text):
    """Another object of the same letters, as each row's is that was read."""
    return None if text is None else text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
