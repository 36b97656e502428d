"""Lists that were written into one cell: "action, drama", "a|b", '["x", "y"]'. Standard library only."""

from millwright.features.words import folded

SEPARATORS = (",", ";", "|")

_AROUND = " \t\r\n\"'[](){}"


def items_of(text: str, separator: str) -> list[str]:
    """The items of a list as it is written in a cell, without brackets, quotes and case; empty ones are none.

    >>> items_of('["Action", "Sci-Fi", ""]', ",")
    ['action', 'sci-fi']
    """
    return [item for item in (part.strip(_AROUND) for part in folded(text).split(separator)) if item]
