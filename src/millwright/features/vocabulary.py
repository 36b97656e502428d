"""Which words and pieces of words of a table's texts become features: a bounded vocabulary, learnt from training rows alone.

It is chosen by how many rows something is in, and never by outcomes: a choice by outcomes would have seen those of the rows
that validate. What is in the same texts as something chosen before it says nothing new, and is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.features.lists import SEPARATORS, items_of
from millwright.features.words import word_pieces, word_runs, words_of
from millwright.records.modelling import Encoder, EncoderKind

MOST_OF_A_TABLE = 200
"""Features of a table that are words or pieces of words, shared out over its text columns."""
FEWEST_TEXTS = 33
"""Distinct texts from which on a column's words are looked at; below, trees split on the texts themselves."""
ROWS_A_FEATURE = 20
"""Training rows that there are for each: few rows cannot say what many words mean (ten of the rarer outcome a variable is the
rule of thumb of Peduzzi et al. 1996)."""
MOST_PIECES = 60
"""Of them pieces of one column's words."""
FEWEST_ROWS, SHARE, ENOUGH_ROWS = 5, 0.01, 30
"""Rows that something must be in: such a share of those with a text, never fewer than the first, and the last is enough."""
MOST_READ_TEXTS = 20_000
"""Distinct texts of a column that are read, at equal steps of their order."""
LONGEST_PIECED = 60.0
"""Characters of a mean text up to which pieces of words are features: names and titles, not prose."""

_RARE = 0.05
_CODE = 4
_REPEATED = 0.8
"""A column holds lists where such a share of its items are items that repeat, ..."""
_MOST_SPACES = 2
"""... and an item has no more words than this and one, on average."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words and pieces, or the items of lists, that a column could have as features, the most frequent first."""

    column: str
    words: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    separator: str = ""

    @property
    def size(self) -> int:
        """So many outputs could there be."""
        return len(self.words) + len(self.pieces) + len(self.items) + bool(self.separator)

    def encoders(self, most: int) -> Iterator[Encoder]:
        """Encoders with so many outputs at most: two in three are words, where there are both."""
        if self.separator:
            yield self._list_encoder(self.items[: max(most - 1, 0)])
            return
        words = min(len(self.words), max(most - len(self.pieces), -(-2 * most // 3)))
        yield from _encoder(self.column, "words", "word", self.words[:words])
        yield from _encoder(self.column, "pieces", "piece", self.pieces[: most - words])

    def _list_encoder(self, items: tuple[str, ...]) -> Encoder:
        outputs = (f"{self.column}.items", *(f"{self.column}.item:{item}" for item in items))
        return Encoder(column=self.column, kind="items", outputs=outputs, levels=items, parts=(self.separator,))


def worth_reading(counts: Mapping[str, int]) -> bool:
    """Whether words are worth a look: there are many texts, and a share of the rows has one that is too rare to speak for
    itself. counts: how many training rows have each text."""
    rare = sum(rows for rows in counts.values() if rows < ENOUGH_ROWS)
    return len(counts) >= FEWEST_TEXTS and rare >= _RARE * sum(counts.values())


def vocabulary(column: str, counts: Mapping[str, int]) -> Vocabulary:
    """What a column's texts are made of. counts: how many training rows have each text."""
    texts = sorted(counts)
    read = texts[:: -(-len(texts) // MOST_READ_TEXTS)]
    return _listed(column, read, counts) or _worded(column, read, counts)


def _worded(column: str, read: Sequence[str], counts: Mapping[str, int]) -> Vocabulary:
    words, rows = [words_of(text) for text in read], [counts[text] for text in read]
    seen: set[int] = set()
    found = _Parts(words, rows)
    single = found.frequent(set)
    runs = found.frequent(lambda of: [run for run in word_runs(of) if " " not in run or single.keys() >= set(run.split(" "))])
    chosen = _chosen(runs, sum(rows), seen)
    if sum(map(len, read)) > LONGEST_PIECED * len(read):
        return Vocabulary(column, chosen)
    pieces = found.frequent(_beginnings if _are_codes(words) else word_pieces)
    return Vocabulary(column, chosen, _chosen(pieces, sum(rows), seen)[:MOST_PIECES])


def _are_codes(words: Sequence[list[str]]) -> bool:
    """Whether most texts are one word that is short or has a digit: an airport, a post code, the number of a part."""
    return 2 * sum(len(of) == 1 and (len(of[0]) <= _CODE or any(map(str.isdigit, of[0]))) for of in words) > len(words)


def _beginnings(words: list[str]) -> Iterator[str]:
    """Of a code what it begins with: codes are mostly from the general to the special."""
    return (piece for piece in word_pieces(words) if piece[0] == " " and piece[-1] != " ")


def _listed(column: str, read: Sequence[str], counts: Mapping[str, int]) -> Vocabulary | None:
    """Its items, where most texts of a column are lists of few words each that come again and again; None where not."""
    rows = [counts[text] for text in read]
    for separator in SEPARATORS:
        if 2 * sum(n for n, text in zip(rows, read, strict=True) if separator in text) < sum(rows):
            continue
        lists = [items_of(text, separator) for text in read]
        parts = _Parts(lists, rows)
        every = sum(n * len(set(items)) for n, items in zip(rows, lists, strict=True))
        found = parts.frequent(set)
        spaces = sum(item.count(" ") for items in lists for item in items)
        short = spaces <= _MOST_SPACES * sum(map(len, lists))
        if short and sum(sums[0] for sums in found.values()) >= _REPEATED * every:
            return Vocabulary(column, items=_chosen(found, sum(rows), set()), separator=separator)
    return None


def share_out(found: Sequence[Vocabulary], rows: int) -> Iterator[Encoder]:
    """Encoders of all columns: each gets an equal share of what there is, and what one does not need goes to the others."""
    most = min(MOST_OF_A_TABLE, rows // ROWS_A_FEATURE)
    sizes = [each.size for each in found]
    left, shares = most, [0] * len(found)
    for place, at in enumerate(sorted(range(len(found)), key=lambda at: (sizes[at], at))):
        shares[at] = min(sizes[at], left // (len(found) - place))
        left -= shares[at]
    for each, share in zip(found, shares, strict=True):
        yield from each.encoders(share)


def _encoder(column: str, kind: EncoderKind, called: str, levels: tuple[str, ...]) -> Iterator[Encoder]:
    if levels:
        yield Encoder(column=column, kind=kind, outputs=tuple(f"{column}.{called}:{level}" for level in levels), levels=levels)


class _Parts:
    """The texts of a column as words or items, and how many rows have each."""

    def __init__(self, words: Sequence[list[str]], rows: Sequence[int]) -> None:
        self._words, self._rows = words, rows

    def frequent(self, parts: Callable[[list[str]], Iterable[str]]) -> dict[str, tuple[int, int, int]]:
        """Of every part that is in two texts and rows enough: rows, texts, and a signature of these texts."""
        fewest = max(FEWEST_ROWS, min(ENOUGH_ROWS, int(SHARE * sum(self._rows))))
        counted: dict[str, tuple[int, int, int]] = {}
        for at, (words, rows) in enumerate(zip(self._words, self._rows, strict=True)):
            mark = _mark(at)
            for part in set(parts(words)):
                before = counted.get(part)
                counted[part] = (before[0] + rows, before[1] + 1, before[2] ^ mark) if before else (rows, 1, mark)
        return {part: sums for part, sums in counted.items() if sums[0] >= fewest and sums[1] >= 2}


def _chosen(parts: Mapping[str, tuple[int, int, int]], total: int, seen: set[int]) -> tuple[str, ...]:
    """The most frequent parts, the longer first where equal, one of those that are in the same texts; none that is in all."""
    ranked = sorted(parts, key=lambda part: (-parts[part][0], -len(part), part))
    chosen: list[str] = []
    for part in ranked:
        rows, _texts, signature = parts[part]
        if rows < total and signature not in seen and len(chosen) < MOST_OF_A_TABLE:
            seen.add(signature)
            chosen.append(part)
    return tuple(chosen)


def _mark(at: int) -> int:
    """64 bits that are as good as random, by the splitmix64 finaliser (Steele, Lea & Flood 2014): the exclusive or of those
    of some texts is a signature of the set."""
    z = ((at + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
    return z ^ (z >> 31)
