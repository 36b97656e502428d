"""From one text cell to numbers: codes and shares of categories, numbers in words, counts. Both encoders call these."""

import math
from collections.abc import Callable, Mapping

from millwright.data.cells import hashed, parse_number_text
from millwright.features.words import folded, remembering, words_of
from millwright.records.modelling import Encoder

TEXT_PARTS = ("length", "words", "digits")
"""Characters, words between white space, and digit characters of a text."""

TextFunction = Callable[[str], tuple[float, ...]]

_NAN = float("nan")


def text_function(encoder: Encoder, salt: str) -> TextFunction:
    """What turns a non-missing cell into the outputs of `encoder`. Raises KeyError for an encoder of another kind."""
    return _FUNCTIONS[encoder.kind](encoder, salt)


def has_level_table(encoder: Encoder) -> bool:
    """Whether a look-up of the cell as it is gives the only output of this encoder."""
    return encoder.kind in ("category", "frequency", "mean") and not encoder.hashed and len(encoder.outputs) == 1


def level_table(encoder: Encoder) -> tuple[Mapping[str, float], float]:
    """The value of each level of an encoder with one output, and the value of every level that is not listed: for a
    category, a frequency, or a target mean, whose last value stands for levels never seen."""
    if encoder.kind == "mean":
        return dict(zip(encoder.levels, encoder.values[:-1], strict=True)), encoder.values[-1]
    if encoder.kind == "frequency":
        return dict(zip(encoder.levels, encoder.values, strict=True)), 0.0
    return {level: float(code) for code, level in enumerate(encoder.levels)}, float(len(encoder.levels))


def number_in(text: str) -> float:
    """The number that a text such as "19M" or "$1,234" says; NaN where it says none that is finite."""
    number = parse_number_text(text)
    return number if number is not None and number - number == 0.0 else _NAN


def text_counts(text: str) -> tuple[float, ...]:
    """The TEXT_PARTS of a text."""
    return float(len(text)), float(len(text.split())), float(sum(map(str.isdigit, text)))


def _levels(encoder: Encoder, salt: str) -> TextFunction:
    table, unlisted = level_table(encoder)
    if encoder.hashed:
        return lambda text: (table.get(hashed(salt + text), unlisted),)
    return lambda text: (table.get(text, unlisted),)


def _means(encoder: Encoder, salt: str) -> TextFunction:
    """One target mean a class: the values are those of the first level, those of the second, ..., and of any other."""
    width = len(encoder.outputs)
    if width == 1:
        return _levels(encoder, salt)
    rows = [encoder.values[start : start + width] for start in range(0, len(encoder.values), width)]
    table, unlisted = dict(zip(encoder.levels, rows[:-1], strict=True)), rows[-1]
    if encoder.hashed:
        return lambda text: table.get(hashed(salt + text), unlisted)
    return lambda text: table.get(text, unlisted)


def _word_means(encoder: Encoder, _: str) -> TextFunction:
    """What each word says is added in the order of the words: sets have another order in every process."""
    width = len(encoder.outputs)
    rows = [encoder.values[start : start + width] for start in range(0, len(encoder.values), width)]
    table = dict(zip(encoder.levels, rows, strict=True))

    def said(text: str) -> tuple[float, ...]:
        sums, known = [0.0] * width, 0
        for word in dict.fromkeys(words_of(text)):
            means = table.get(word)
            if means is not None:
                sums, known = [have + mean for have, mean in zip(sums, means, strict=True)], known + 1
        root = math.sqrt(max(known, 1))
        return tuple(have / root for have in sums)

    return remembering(said)


def _truth(encoder: Encoder, _: str) -> TextFunction:
    truths = dict(zip(encoder.levels, encoder.values, strict=True))
    return lambda text: (truths.get(folded(text).strip(), _NAN),)


def _number(_: Encoder, __: str) -> TextFunction:
    return lambda text: (number_in(text),)


def _counts(encoder: Encoder, _: str) -> TextFunction:
    wanted = tuple(TEXT_PARTS.index(part) for part in encoder.parts)

    def counts(text: str) -> tuple[float, ...]:
        every = text_counts(text)
        return tuple(every[i] for i in wanted)

    return counts


_FUNCTIONS: Mapping[str, Callable[[Encoder, str], TextFunction]] = {
    "category": _levels,
    "frequency": _levels,
    "mean": _means,
    "truth": _truth,
    "word_means": _word_means,
    "number_text": _number,
    "text": _counts,
}
