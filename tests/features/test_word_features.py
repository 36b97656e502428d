"""What texts are made of, and the encoders that ask for it: the same bits in both paths, whatever the text is."""

import doctest
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_parity import DATES, assert_same_bits

from millwright.features import lists, truth, words
from millwright.features.calendar import CYCLES
from millwright.features.lists import items_of
from millwright.features.sparse import sparse_function
from millwright.features.words import MOST_READ, folded, word_pieces, word_runs, words_of
from millwright.records.modelling import Encoder, FeaturePlan

WRITTEN = st.text(st.sampled_from("aAbB ,;|éÉﬁﬃ'\"[]ßıİ١Ⅷ_1-\n\u0301中"), max_size=30) | st.text(max_size=12)


@pytest.mark.parametrize("module", [words, lists, truth])
def test_the_examples_in_the_sources_hold(module: Any) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0 == found.failed


@given(st.text())
def test_folding_again_changes_nothing_and_case_says_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)[:MOST_READ]
    plain = text.encode("ascii", "ignore").decode()
    assert words_of(plain.upper()) == words_of(plain.lower())


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_every_kind_of_encoder_gives_both_paths_the_same_bits(data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.none() | WRITTEN, min_size=1, max_size=12))
    texts = np.empty(len(cells), object)
    texts[:] = cells
    moments = np.array(data.draw(st.lists(DATES, min_size=len(cells), max_size=len(cells))), np.int64)
    encoders = [*_of_texts(data, [cell for cell in cells if cell is not None]), _of_moments(data)]
    plan = FeaturePlan(encoders=tuple(encoders), features=tuple(out for encoder in encoders for out in encoder.outputs))
    assert_same_bits(plan, {"t": texts, "d": moments})


def _of_texts(data: st.DataObject, cells: list[str]) -> list[Encoder]:
    """Encoders whose levels are drawn from what is in the cells, and from what is not."""
    runs = {run for cell in cells for run in word_runs(words_of(cell))} | {"never"}
    pieces = {piece for cell in cells for piece in word_pieces(words_of(cell))} | {"nev"}
    items = {item for cell in cells for item in items_of(cell, ",")} | {"no"}
    classes = data.draw(st.integers(1, 3))
    levels = _drawn(data, set(cells) | {"z"})
    numbers = st.lists(st.floats(-9, 9), min_size=classes * (len(levels) + 1), max_size=classes * (len(levels) + 1))
    said = _drawn(data, {folded(cell).strip() for cell in cells} | {"yes"})
    return [
        _encoder("words", _drawn(data, runs)),
        _encoder("pieces", _drawn(data, pieces)),
        _encoder("items", found := _drawn(data, items), width=len(found) + 1, parts=(",",)),
        _encoder("mean", levels, width=classes, values=tuple(data.draw(numbers))),
        _encoder("word_means", words := _drawn(data, runs), width=2, values=tuple(0.1 * at for at in range(2 * len(words)))),
        _encoder("truth", said, width=1, values=tuple(float(at % 2) for at in range(len(said)))),
    ]


def _drawn(data: st.DataObject, among: set[str]) -> tuple[str, ...]:
    return tuple(data.draw(st.lists(st.sampled_from(sorted(among)), min_size=1, max_size=5, unique=True)))


def _encoder(kind: Any, levels: tuple[str, ...], width: int | None = None, **more: Any) -> Encoder:
    outputs = tuple(f"{kind}{at}" for at in range(width or len(levels)))
    return Encoder(column="t", kind=kind, outputs=outputs, levels=levels, **more)


def _of_moments(data: st.DataObject) -> Encoder:
    parts = tuple(data.draw(st.lists(st.sampled_from(sorted(CYCLES)), min_size=1, unique=True)))
    return Encoder(column="d", kind="cycle", outputs=tuple(f"{p}.{s}" for p in parts for s in "sc"), parts=parts)


def test_work_on_a_long_text_is_bounded() -> None:
    encoder = Encoder(column="t", kind="words", outputs=("a", "b"), levels=("early", "late"))
    assert list(sparse_function(encoder)("early " + "x " * MOST_READ + "late")) == [(0, 1.0)]
