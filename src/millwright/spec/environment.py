"""${NAME} in text values: taken from the variables that the caller hands over, never from the process itself."""

import re
from collections.abc import Mapping

from millwright.errors import nearest
from millwright.spec.document import Fill
from millwright.spec.scalars import Unclear
from millwright.spec.words import shown

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE|(API|ACCESS|AUTH|SIGNING|ENCRYPTION)_?KEY")


def filler(environment: Mapping[str, str]) -> Fill:
    """A function that puts variables into a text: "x-${A}". "$${A}" stands for the text "${A}" itself.

    It raises Unclear where a variable is missing, is misspelt, or is named like a secret: a spec is stored with every run.
    """
    return lambda text: _REFERENCE.sub(lambda match: _value(match, environment), text)


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    name: str | None = match[1]
    if name is None:
        return "${"
    if not match[2] or not _NAME.fullmatch(name):
        raise Unclear(f"{shown(match[0])} does not name a variable", "write ${NAME}, or $${ for the text ${ itself")
    if _SECRET.search(name.upper()):
        raise Unclear(
            f"the variable {name} is named like a secret, and a spec is stored with every run",
            "keep secrets out of this file",
        )
    if name not in environment:
        raise Unclear(f"the variable {name} is not set", nearest(name, environment) or f"set {name}, or write the value")
    return environment[name]


def literal(text: str) -> str:
    """`text` written so that nothing in it is taken for a variable."""
    return text.replace("${", "$${")
