"""What a model was made with: the interpreter, the machine's kind, and every library that Millwright stands on."""

import platform
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from millwright.records.rebuilding import Changed
from millwright.records.record import record

ROOT = "millwright"
ABSENT = "not installed"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@record
class Library:
    """An installed distribution, and those that it needs."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]


@record
class Environment:
    """Where a package was made."""

    python: str
    implementation: str
    system: str
    machine: str
    libraries: tuple[Library, ...]


def environment(*also: str) -> Environment:
    """This interpreter with the distributions that Millwright needs, and those named and what they need, by name."""
    return Environment(
        python=platform.python_version(),
        implementation=sys.implementation.name,
        system=platform.system(),
        machine=platform.machine(),
        libraries=_every((ROOT, *also)),
    )


def changed_since(then: Environment) -> tuple[Changed, ...]:
    """What is not as it was in another environment, or in this one another day."""
    here = environment()
    pairs = [(name, getattr(then, name), getattr(here, name)) for name in ("python", "implementation", "system", "machine")]
    for library in then.libraries:
        known = _installed(library.name)
        pairs.append((library.name, library.version, known.version if known else ABSENT))
    return tuple(Changed(what=what, then=was, now=is_) for what, was, is_ in pairs if was != is_)


def _every(roots: tuple[str, ...]) -> tuple[Library, ...]:
    found = {library.name: library for root in roots for library in libraries(root)}
    return tuple(found[name] for name in sorted(found))


@cache
def libraries(root: str = ROOT) -> tuple[Library, ...]:
    """`root` and every installed distribution that it needs, directly or not, by name. Extras are left out."""
    found: dict[str, Library] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        known = _installed(name)
        if name in found or known is None:
            continue
        found[name] = _library(name, known)
        waiting += found[name].needs
    return tuple(found[name] for name in sorted(found))


def _library(name: str, known: Distribution) -> Library:
    needs = tuple(sorted(need for need in set(_needs(known)) if _installed(need) is not None))
    return Library(name=name, version=known.version, licence=_licence(known), needs=needs)


def _needs(known: Distribution) -> Iterator[str]:
    for line in known.requires or ():
        requirement, _, condition = line.partition(";")
        match = _NAME.match(requirement)
        if match is not None and "extra" not in condition:
            yield re.sub(r"[-_.]+", "-", match[0]).lower()


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _licence(known: Distribution) -> str:
    """The SPDX expression or the first line of the licence field; empty where neither is given."""
    fields = known.metadata.json
    text = str(fields.get("license_expression") or fields.get("license") or "")
    return text.strip().split("\n")[0][:100]
