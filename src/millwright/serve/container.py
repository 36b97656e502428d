"""The entry of a container that `mw export container` describes: `python -m millwright.serve.container serve`.

What answers is baked into the image, below /opt/millwright: signed packages, the release file, the trusted keys. What a
server writes (its logs, its starts) lies on the one writable volume, /srv/millwright. The image decides what is live:
whoever starts an older image means to go back, so the number of the newest release that the volume remembers is forgotten.
"""

import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from millwright.errors import MillwrightError, Unavailable
from millwright.serve import main as server
from millwright.stores.durable import make_folder, unavailable

BAKED, STATE = "opt/millwright", "srv/millwright"
HOST, PORT = "0.0.0.0", 8080  # noqa: S104  a container's own network; who may reach it is the platform's to say
PORTS = ("AIP_HTTP_PORT", "PORT")
"""Environment variables that may name the port; the first that is set counts."""
ROOT = "MILLWRIGHT_CONTAINER_ROOT"
"""Environment variable: the folder that stands for / (for a trial outside a container)."""

ACCESS = ("--auth", "platform", "--allowed-hosts", "*")
"""Platforms send neither a key of ours nor a Host that could be known; the server says at its start that they need none."""
WORKERS = ("--workers", "auto")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Serve what is baked in until SIGTERM; the exit code."""
    try:
        options = prepared(arguments, environment)
    except MillwrightError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return server.main(options, environment)


def prepared(arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Lay the home out on the volume; the options of the server. Raises Unavailable for a mistake in how it is started."""
    if list(arguments) != ["serve"]:
        said = " ".join(arguments) or "nothing"
        raise Unavailable(
            f"this container can only serve, it was told: {said}", fix="docker run IMAGE serve", code="container.argv"
        )
    root = Path(environment.get(ROOT, "/"))
    port = _port(environment)
    home = _laid_out(root / BAKED, root / STATE)
    trust = str(root / BAKED / "trust")
    return ["--home", str(home), "--trust", trust, *ACCESS, *WORKERS, "--host", HOST, "--port", port]


def _port(environment: Mapping[str, str]) -> str:
    name = next((name for name in PORTS if environment.get(name)), None)
    text = environment[name] if name else str(PORT)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise Unavailable(f"{text!a} is no port", where=name or "", fix="name one from 1 to 65535", code="container.port")
    return text


def _laid_out(baked: Path, home: Path) -> Path:
    """The home on the volume: packages and releases stay in the image, settings are copied beside what the server writes."""
    if not (baked / "home" / "release").is_dir():
        raise Unavailable("no release is baked into this image", where=str(baked), fix="build what `mw export container` wrote")
    make_folder(home)
    try:
        for name in ("packages", "release"):
            _link(home / name, baked / "home" / name)
        shutil.rmtree(home / "serve" / "newest", ignore_errors=True)
        for settings in sorted((baked / "home" / "serve").glob("*.json")):
            shutil.copyfile(settings, make_folder(home / "serve") / settings.name)
    except OSError as error:
        raise unavailable(error, home) from error
    return home


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target)


def run() -> None:
    """The entry point of the process. The first process of a container has no signal that ends it unless it takes one."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    sys.exit(main(sys.argv[1:], os.environ))


if __name__ == "__main__":
    run()
