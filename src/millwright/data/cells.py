"""From one value to its canonical cell. Batches and single rows both come through here, so they cannot differ."""

import math
import re
from hashlib import sha256

_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?\s?(?P<currency>[$€£¥])?\s?(?P<sign2>[+-])?"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?P<power>[eE][+-]?[0-9]{1,4})?"
    r"\s?(?P<unit>[kKmMbB]|%)?\s?(?P<currency2>[$€£¥])?(?P<more>\+)?(?P<close>\))?"
)
_UNITS = {"k": 1e3, "m": 1e6, "b": 1e9}


def is_number(text: str) -> bool:
    """Whether a text is a number as it stands."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def parse_number_text(text: str) -> float | None:
    """The number that a person wrote: "19M" is 19e6, "10,000+" 10000, "$1,234.50" 1234.5, "42%" 42, "(12)" -12.

    None where the text is no number. Commas are thousands only; a percentage keeps its own scale.

    >>> parse_number_text("$1,234.50"), parse_number_text("1.5k"), parse_number_text("thirty")
    (1234.5, 1500.0, None)
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["sign"] and found["sign2"]):
        return None
    value = float(found["digits"].replace(",", "") + (found["power"] or "")) * _UNITS.get((found["unit"] or "").lower(), 1.0)
    if not math.isfinite(value):
        return None
    return -value if found["open"] or "-" in (found["sign"], found["sign2"]) else value


def text_of_number(value: float) -> str:
    """A finite number as the text of a category: whole numbers without a point, others in their shortest form.

    >>> text_of_number(5.0), text_of_number(2.5)
    ('5', '2.5')
    """
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def text_of_truth(value: bool) -> str:
    """A boolean as the text of a category."""
    return "true" if value else "false"


def hashed(text: str) -> str:
    """What is kept of a personal value where something is kept for ever: the same text always gives the same 16 hex digits."""
    return sha256(f"millwright:{text}".encode()).hexdigest()[:16]
