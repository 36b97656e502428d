"""The control plane's composition root: the one place that reads the environment and picks adapters."""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.errors import NotFound, Problem, SpecError, Unavailable
from millwright.stores.home import Home
from millwright.stores.processors import processors

if TYPE_CHECKING:
    from millwright.loop.workshop import Workshop
    from millwright.records.spec import Spec

SPEC_FILE = "millwright.yaml"
STATE_FOLDER = ".millwright"
TRUST_FOLDER = "trust"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Read once, at the start of a process."""

    environment: Mapping[str, str]
    home: Path | None
    signing_key: Path
    actor: str
    threads: int
    fail_points: str
    console_port: int | None = None


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    MILLWRIGHT_HOME: the state folder (default `.millwright` beside the spec). MILLWRIGHT_SIGNING_KEY: the private key file
    (default `millwright/signing.key` in the user's configuration folder). MILLWRIGHT_ACTOR: who acts, for the audit.
    MILLWRIGHT_THREADS: threads for training; without it as many as this process may use processors. MILLWRIGHT_CONSOLE_PORT:
    where `mw up` opens the console, in place of the spec's console.port; 0: nowhere.
    MILLWRIGHT_FAIL_POINTS: for tests of crashes, see stores/durable.py.
    """
    home = environment.get("MILLWRIGHT_HOME")
    key = environment.get("MILLWRIGHT_SIGNING_KEY")
    return Settings(
        environment=environment,
        home=Path(home).absolute() if home else None,
        signing_key=Path(key).absolute() if key else _config_folder(environment) / "signing.key",
        actor=environment.get("MILLWRIGHT_ACTOR") or _user(),
        threads=_threads(environment.get("MILLWRIGHT_THREADS") or str(processors())),
        fail_points=environment.get("MILLWRIGHT_FAIL_POINTS", ""),
        console_port=_port(environment.get("MILLWRIGHT_CONSOLE_PORT", "")),
    )


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= 65535):
        raise SpecError([Problem("MILLWRIGHT_CONSOLE_PORT", f"{text!a} is no port", "write one up to 65535; 0: no console")])
    return int(text)


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text)):
        fix = "write the number of threads, or leave it away"
        raise SpecError([Problem("MILLWRIGHT_THREADS", f"{text!a} is no number of threads", fix)])
    return int(text)


def _config_folder(environment: Mapping[str, str]) -> Path:
    configured = environment.get("XDG_CONFIG_HOME")
    return (Path(configured) if configured else Path("~/.config").expanduser()) / "millwright"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id may have no name
        return f"uid{os.getuid()}"


def find_spec(path: Path) -> Path:
    """The spec file at `path`, a file or a folder that holds one. Raises NotFound."""
    spec = path / SPEC_FILE if path.is_dir() else path
    if not spec.is_file():
        raise NotFound(
            f"no {spec.name} here",
            where=str(spec.parent.absolute()),
            fix="run `mw init --from FILE --target COLUMN`, or name a spec with --file",
            code="spec.missing",
        )
    return spec.absolute()


def home_of(settings: Settings, spec_file: Path) -> Home:
    """The state folder of the project whose spec this is."""
    return Home(settings.home or spec_file.parent / STATE_FOLDER)


def load_spec(settings: Settings, spec_file: Path) -> "Spec":
    """The validated spec. Raises SpecError with every problem at its place."""
    from millwright.spec.load import load_spec as load

    return load(spec_file, settings.environment)


def open_workshop(settings: Settings, spec_file: Path, *, spec: "Spec | None" = None) -> "Workshop":
    """Wire the parts of a project's control plane.

    Raises Unavailable where the catalogue cannot be opened, or is gone from a folder that has had one: a new one in its place
    would know nothing of what is live.
    """
    from millwright.loop.workshop import Workshop
    from millwright.registry.catalogue import Catalogue
    from millwright.stores.blobs import FileBlobs
    from millwright.stores.clock import SystemClock
    from millwright.stores.durable import make_folder

    home = home_of(settings, spec_file)
    make_folder(home.root)
    _refuse_lost_catalogue(home)
    return Workshop(
        spec=spec or load_spec(settings, spec_file),
        base=spec_file.parent,
        home=home,
        catalogue=Catalogue.open(home.catalogue),
        blobs=FileBlobs(home.blobs),
        clock=SystemClock(),
        signing_key=settings.signing_key,
        trust=spec_file.parent / TRUST_FOLDER,
        actor=settings.actor,
        threads=settings.threads,
        secrets=settings.environment,
    )


def _refuse_lost_catalogue(home: Home) -> None:
    from millwright.package.release_file import list_releases

    there = home.catalogue.is_file() and home.catalogue.stat().st_size > 0
    if not there and (released := list_releases(home.root)):
        raise Unavailable(
            f"the catalogue is gone, and {released[0].name} was released by it",
            where=str(home.catalogue),
            fix=f"put it back, or restore it from a backup; to begin anew, move {released[0].parent} away",
            code="catalogue.gone",
        )


def with_spec(workshop: "Workshop", spec: "Spec") -> "Workshop":
    """The same workshop, working on another spec."""
    return replace(workshop, spec=spec)
