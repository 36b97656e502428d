"""Booleans in words: "Yes" and "no", in some languages. Standard library only."""

from collections.abc import Iterable

from millwright.features.words import folded

_PAIRS = (
    ("yes", "no"),
    ("y", "n"),
    ("true", "false"),
    ("t", "f"),
    ("on", "off"),
    ("ja", "nein"),
    ("ja", "nee"),
    ("ja", "nej"),
    ("ja", "nei"),
    ("wahr", "falsch"),
    ("oui", "non"),
    ("vrai", "faux"),
    ("sí", "no"),
    ("si", "no"),
    ("sì", "no"),
    ("sim", "não"),
    ("tak", "nie"),
    ("ano", "ne"),
    ("evet", "hayır"),
    ("да", "нет"),
    ("はい", "いいえ"),
    ("是", "否"),
)


def truths_in(texts: Iterable[str]) -> dict[str, float] | None:
    """Words for true (1) and false (0), where texts are made of nothing else and both words of a pair are among them.

    Case and the space around a word count for nothing.

    >>> truths_in(["Yes", "no ", "NO", "y"])
    {'yes': 1.0, 'no': 0.0, 'y': 1.0}
    >>> truths_in(["yes", "no", "perhaps"]) is None
    True
    """
    said = {folded(text).strip() for text in texts}
    met = [pair for pair in _PAIRS if said.issuperset(pair)]
    known = {word: truth for pair in _PAIRS for word, truth in zip(pair, (1.0, 0.0), strict=True)}
    if not met or not said <= known.keys():
        return None
    return {word: known[word] for word in (*(word for pair in met for word in pair), *sorted(said))}
