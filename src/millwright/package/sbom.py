"""The bill of materials of a package, as CycloneDX 1.6 JSON (ECMA-424). The same environment gives the same bytes."""

from typing import Any

from millwright.package.environment import ROOT, Environment, Library
from millwright.records.codec import to_json


def sbom(made_in: Environment) -> bytes:
    """CycloneDX JSON of the libraries that a package's payload was made with and runs on."""
    main = next(library for library in made_in.libraries if library.name == ROOT)
    others = [library for library in made_in.libraries if library.name != ROOT]
    return to_json(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": _component(main, "application")},
            "components": [_component(library, "library") for library in others] + [_interpreter(made_in)],
            "dependencies": [_dependency(library, made_in) for library in made_in.libraries],
        }
    )


def _component(library: Library, kind: str) -> dict[str, Any]:
    purl = _purl(library)
    named = {"type": kind, "bom-ref": purl, "name": library.name, "version": library.version, "purl": purl}
    return named | ({"licenses": [{"license": {"name": library.licence}}]} if library.licence else {})


def _interpreter(made_in: Environment) -> dict[str, Any]:
    name = made_in.implementation
    return {"type": "platform", "bom-ref": f"platform:{name}", "name": name, "version": made_in.python}


def _dependency(library: Library, made_in: Environment) -> dict[str, Any]:
    needed = [_purl(other) for other in made_in.libraries if other.name in library.needs]
    return {"ref": _purl(library), "dependsOn": needed}


def _purl(library: Library) -> str:
    return f"pkg:pypi/{library.name}@{library.version}"
