"""Columns that look like personal data: by their name, or by what most of their values look like."""

import re
from collections.abc import Sequence

_CONTACT = {"email", "mail", "phone", "mobile", "telephone", "fax", "address", "street", "username", "ip"}
_IDENTITY = {"ssn", "passport", "iban", "firstname", "lastname", "surname", "forename", "fullname", "birthdate", "dob"}
_NAMES = frozenset(("name", "first name", "last name", "full name", "given name", "family name", "date of birth", "birth date"))
_PATTERNS = tuple(
    map(
        re.compile,
        (
            r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
            r"\+[0-9][0-9 ().-]{7,18}",
            r"\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}",
            r"[0-9]{3}-[0-9]{2}-[0-9]{4}",
            r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}",
            r"(?:[0-9]{4}[ -]){3}[0-9]{4}",
            r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        ),
    )
)
_SHARE = 0.5
_FEW = 12


def looks_personal(name: str, values: Sequence[str]) -> bool:
    """Whether a text column is likely to hold personal data: a suspicion that a person confirms or takes back.

    values: distinct values. A handful of them is a yes or no ("has a telephone"), not data about a person.

    >>> looks_personal("customer_email", [f"u{i}" for i in range(30)]), looks_personal("telephone", ["yes", "no"])
    (True, False)
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+", " ", name).lower().split()
    named = not {*words}.isdisjoint(_CONTACT | _IDENTITY) or " ".join(words) in _NAMES
    return (named and len(values) > _FEW) or _patterned(values)


def _patterned(values: Sequence[str]) -> bool:
    some = values[:500]
    matching = (sum(bool(pattern.fullmatch(value)) for value in some) for pattern in _PATTERNS)
    return bool(some) and any(count > _SHARE * len(some) for count in matching)
