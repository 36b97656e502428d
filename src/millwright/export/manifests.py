"""The texts of a container export: Dockerfile, Kubernetes, KServe and Azure ML, each from its template."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from millwright.errors import PackageRefused

USER = 10001
"""The numeric user that the server runs as: Kubernetes can see that it is not root."""
_TEXTS = (".yaml", ".yml")
_GATEWAY = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_IMAGE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._/:@+-]{0,511}")


def manifests(values: Mapping[str, str]) -> dict[str, bytes]:
    """Every manifest by its path in the build context."""
    return {path: _filled(text, values) for path, text in _templates(files("millwright.export") / "templates", "")}


def dockerfile(values: Mapping[str, str], system_packages: tuple[str, ...]) -> dict[str, bytes]:
    """Dockerfile and .dockerignore."""
    folder = files("millwright.export") / "templates"
    system = _filled(folder / "system.Dockerfile", {"packages": " ".join(system_packages)}).decode() if system_packages else ""
    return {
        "Dockerfile": _filled(folder / "Dockerfile", {**values, "system": system}),
        ".dockerignore": (folder / "dockerignore").read_bytes(),
    }


def names(project: str, version: int, live: int | None, image: str | None, gateway: str) -> dict[str, str]:
    """The names that the texts use.

    live: the version that is live, where it is another one: it is then the one beside which this one is tried, else this
    is the one beside which the next is. Raises PackageRefused for an image or gateway that cannot be a name.
    """
    app = resource_name(project)
    stable, challenger = (live, version) if live not in (None, version) else (version, version + 1)
    chosen = image or f"{app}:v{version}"
    for word, pattern, option in ((chosen, _IMAGE, "--image"), (gateway, _GATEWAY, "--gateway")):
        if not pattern.fullmatch(word):
            raise PackageRefused(f"{word!a} cannot be such a name", where=option, code="export.name")
    return {
        "project": project,
        "app": app,
        "name": f"{app}-v{version}",
        "version": f"v{version}",
        "stable": f"{app}-v{stable}",
        "stable_version": f"v{stable}",
        "challenger": f"{app}-v{challenger}",
        "challenger_version": f"v{challenger}",
        "azure_name": app[:32].rstrip("-").ljust(3, "0"),
        "image": chosen,
        "gateway": gateway,
        "user": str(USER),
    }


def resource_name(project: str) -> str:
    """A project's name as Kubernetes takes it for a Service: letters, digits and -, a letter first, 50 at most."""
    plain = project.replace("_", "-")
    return (plain if plain[0].isalpha() else f"m-{plain}")[:50].rstrip("-")


def _templates(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for found in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if found.is_dir():
            yield from _templates(found, f"{prefix}{found.name}/")
        elif found.name.endswith(_TEXTS):
            yield prefix + found.name, found


def _filled(text: Traversable, values: Mapping[str, str]) -> bytes:
    return Template(text.read_text(encoding="utf-8")).substitute(values).encode()
