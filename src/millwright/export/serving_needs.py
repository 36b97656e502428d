"""What a serving process needs of the libraries that are installed here: exactly these, at these versions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from millwright.errors import PackageRefused
from millwright.package.environment import ROOT, Environment, Library, environment, libraries

_ALWAYS = (
    "annotated-types",
    "cryptography",
    "httptools",
    "msgspec",
    "numpy",
    "prometheus-client",
    "tzdata",
    "uvicorn",
    "uvloop",
)
_OF_EVALUATOR: Mapping[str, tuple[str, ...]] = {
    "constant": (),
    "linear": (),
    "lightgbm": (),
    "bits": (),
    "onnx": ("onnxruntime",),
    "imported": ("onnxruntime",),
    "net": (),
    "shares": (),
    "ensemble": (),
    "ensemble-bits": (),
}
"""Of an ensemble itself nothing; its members are evaluators of their own (`evaluators_in`)."""
_TREES = ("lightgbm", "shares")
_ALONE: Mapping[str, tuple[str, ...]] = dict.fromkeys(_TREES, ("lightgbm",))
"""Needed without what they need: of LightGBM's package only its library is loaded, which needs neither SciPy nor pandas."""
_SYSTEM: Mapping[str, tuple[str, ...]] = dict.fromkeys(_TREES, ("libgomp1",))


def serving_environment(*evaluators: str) -> Environment:
    """This interpreter with Millwright and the libraries that a server with such a payload loads. Raises PackageRefused."""
    for evaluator in evaluators:
        if evaluator not in _OF_EVALUATOR:
            raise PackageRefused(f'what the evaluator "{evaluator}" needs in a container is not known')
    roots = (*_ALWAYS, *(root for evaluator in evaluators for root in _OF_EVALUATOR[evaluator]))
    found = {library.name: library for root in roots for library in libraries(root)}
    found |= {library.name: library for library in _alone(evaluators)}
    known = {library.name: library for library in libraries()}
    every = sorted([*found.values(), replace(known[ROOT], needs=tuple(sorted(found)))], key=lambda library: library.name)
    return replace(environment(), libraries=tuple(every))


def _alone(evaluators: Iterable[str]) -> list[Library]:
    wanted = [name for evaluator in evaluators for name in _ALONE.get(evaluator, ())]
    return [replace(library, needs=()) for name in wanted for library in libraries(name) if library.name == name]


def system_packages(*evaluators: str) -> tuple[str, ...]:
    """Debian's packages that the libraries load and a slim image has not."""
    return tuple(name for evaluator in evaluators for name in _SYSTEM.get(evaluator, ()))


def requirements(needed: Environment) -> str:
    """A requirements file that pins every library but Millwright itself, to be installed without dependencies."""
    pins = [f"{library.name}=={library.version}" for library in needed.libraries if library.name != ROOT]
    return "\n".join(["# What the server process loads, and nothing else: install with --no-deps.", *pins, ""])
