"""A version as the build context of a container, with the manifests that run it on Kubernetes, KServe and Azure ML."""

import platform
from dataclasses import dataclass
from pathlib import Path

from millwright.export.manifests import dockerfile, manifests, names
from millwright.export.serving_needs import requirements, serving_environment, system_packages
from millwright.export.subject import Subject
from millwright.export.target import write_folder
from millwright.export.wheel import wheel
from millwright.package.keys import REVOKED, SigningKey, Trust
from millwright.package.release_file import FOLDER, release_bytes
from millwright.package.sbom import sbom
from millwright.package.tree import read_tree
from millwright.records.codec import to_json
from millwright.records.record import record
from millwright.records.release import ReleaseState
from millwright.serve.settings import ServeSettings

DEBIAN = "bookworm"


@dataclass(frozen=True, slots=True)
class ContainerOptions:
    """What a person may choose: the image's name in the manifests, what it is built on, the gateway, a wheel of Millwright.

    Without a wheel, one is made of the Millwright that runs here.
    """

    image: str | None = None
    base: str | None = None
    gateway: str = "gateway"
    wheel: Path | None = None


@record
class ContainerExport:
    """What was written."""

    version: str
    package: str
    folder: str
    image: str
    base: str
    wheel: str
    requirements: tuple[str, ...]
    files: int


@dataclass(frozen=True, slots=True)
class Baked:
    """What the image believes and answers with: the release, what the spec says of serving, the keys, who signs it.

    live: the version that is live where the export is made.
    """

    release: ReleaseState
    settings: ServeSettings
    key: SigningKey
    trust: Trust
    package: Path
    live: int | None


def export_container(subject: Subject, out: Path, baked: Baked, options: ContainerOptions, *, force: bool) -> ContainerExport:
    """Write the build context into `out`. Raises Conflict, NotFound, PackageRefused, Unavailable; then nothing is written."""
    evaluators = subject.evaluators
    version = subject.version
    base = options.base or f"python:{platform.python_version()}-slim-{DEBIAN}"
    needed = serving_environment(*evaluators)
    wheel_name, wheel_bytes = wheel(options.wheel)
    said = names(version.project, version.number, baked.live, options.image, options.gateway)
    values = {**said, "package": version.package, "base": base, "wheel": wheel_name}
    pins = requirements(needed)
    files = {
        **dockerfile(values, system_packages(*evaluators)),
        **manifests(values),
        **_answering(subject, baked),
        "requirements.txt": pins.encode(),
        f"wheels/{wheel_name}": wheel_bytes,
        "sbom.json": sbom(needed),
    }
    write_folder(out, files, subject.mark("container"), force=force)
    return ContainerExport(
        version=version.name,
        package=version.package,
        folder=str(out),
        image=said["image"],
        base=base,
        wheel=wheel_name,
        requirements=tuple(line for line in pins.splitlines() if "==" in line),
        files=len(files) + 1,
    )


def _answering(subject: Subject, baked: Baked) -> dict[str, bytes]:
    """Package, release file, settings and trusted keys, as the server's home wants them."""
    project = subject.version.project
    package = {f"home/packages/{subject.version.package}/{path}": content for path, content in _whole(subject, baked).items()}
    return {
        **package,
        f"home/{FOLDER}/{project}.json": release_bytes(baked.release, baked.key),
        f"home/serve/{project}.json": to_json(baked.settings),
        **trusted("trust/", baked.trust),
    }


def _whole(subject: Subject, baked: Baked) -> dict[str, bytes]:
    """The verified files with their manifest and signature, which were verified with them."""
    found = read_tree(baked.package)
    return {path: subject.verified.files.get(path, content) for path, content in found.items()}


def trusted(prefix: str, trust: Trust) -> dict[str, bytes]:
    """The pinned public keys, and the list of those that are believed no longer."""
    files = [trust.folder / f"{key}.pub" for key in trust.pinned()]
    revoked = trust.folder / REVOKED
    return {prefix + file.name: file.read_bytes() for file in (*files, *([revoked] if revoked.exists() else []))}
