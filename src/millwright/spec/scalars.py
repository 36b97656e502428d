"""What a bare word in a YAML file means, and how to write a value so that it means the same everywhere.

YAML 1.1 and YAML 1.2 read some bare words differently: `NO` is false or the text NO, `010` is 8 or 10, `1e3` is text or
1000. A person cannot be expected to know which reader they met, so exactly these words are refused unless quoted.
"""

import re

from millwright.records.spec import Scalar
from millwright.spec.words import printable, shown

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SWITCHES = frozenset({"yes", "no", "on", "off"})
_LETTERS = frozenset({"y", "n"})
"""true and false to a few readers of YAML 1.1; taken as text here, as nearly everywhere, because columns are named so."""
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"([-+]?[0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
_OTHER_NUMBER = re.compile(
    r"""[-+]?(
        0[0-9_]+ | 0o[0-7_]+ | 0x[0-9a-fA-F_]+ | 0b[01_]+      # octal, hexadecimal, binary, leading zeros
        | [0-9]+_[0-9_]*(\.[0-9_]*)? | [0-9]+\.[0-9]*_[0-9_]*   # digits in groups
        | [0-9]*\.?[0-9]+[eE][-+]?[0-9]+ | [0-9]+\.[eE][0-9]+   # an exponent without a point or a sign
        | \.[0-9]+
    )""",
    re.VERBOSE,
)
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9_./+-]*( [A-Za-z0-9_./+(-][A-Za-z0-9_./+()-]*)*")
_MEASURE = re.compile(r"[0-9]+[A-Za-z]{1,3}|[0-9]+(\.[0-9]+){3}")
"""60s, 8GB, 127.0.0.1: text in every YAML although it starts with a digit."""
LONGEST_NUMBER = 400


class Unclear(ValueError):
    """A bare word that cannot be taken at its face; says what is wrong (args[0]) and what to write instead (args[1])."""


def resolve(word: str) -> Scalar | None:
    """The value of a bare (unquoted) word: None, a boolean, a number or text. Raises Unclear."""
    if word in _NULLS:
        return None
    if word in _BOOLEANS:
        return _BOOLEANS[word]
    if len(word) > LONGEST_NUMBER:
        return word
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return _finite(word)
    return _text(word)


def whole(text: str) -> str:
    """`text` with pairs of escapes ("\\ud83d\\ude00", as in JSON) joined to the character they mean. Raises Unclear."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise Unclear("an escape stands for half a character", "write the character itself") from error


def _finite(word: str) -> float:
    number = float(word)
    if number in (float("inf"), float("-inf")):
        raise Unclear(f"{shown(word)} is larger than any number that can be kept", "write a smaller number")
    return number


def _text(word: str) -> str:
    if word.lower() in _SWITCHES:
        raise Unclear(
            f"{shown(word)} without quotes is text to some readers and true or false to others",
            f'write "{word}" for the text, or true or false',
        )
    if _NOT_FINITE.fullmatch(word):
        raise Unclear(f"{shown(word)} is not a number that can be used", "write a finite number")
    if _OTHER_NUMBER.fullmatch(word):
        raise Unclear(
            f"{shown(word)} without quotes is read differently by different readers",
            f'write "{word}" for the text, or the number in plain digits',
        )
    return word


def written(value: Scalar) -> str:
    """`value` as YAML that reads back as exactly `value`, here and in readers of YAML 1.1 and 1.2."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    return value if _is_plain(value) else quoted(value)


def _float(value: float) -> str:
    """The shortest digits, with a point and a signed exponent: 1e-05 becomes 1.0e-05, which both YAMLs call a number."""
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    if exponent:
        mantissa += "" if "." in mantissa else ".0"
        power = power if power[0] in "+-" else f"+{power}"
    return mantissa + exponent + power


def _is_plain(text: str) -> bool:
    shaped = _WORDS.fullmatch(text) or _MEASURE.fullmatch(text)
    return bool(shaped) and text.lower() not in _LETTERS and _resolves_to_itself(text)


def _resolves_to_itself(text: str) -> bool:
    try:
        return resolve(text) == text
    except Unclear:
        return False


def quoted(text: str) -> str:
    """`text` in double quotes, with YAML's escapes for what cannot be printed."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    if printable(c) == c and c != "\N{ZERO WIDTH NO-BREAK SPACE}":
        return c
    code = ord(c)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
