"""The release state: the one small signed file from which a server knows what to answer with, when all else is down."""

import re
from contextlib import suppress
from pathlib import Path

import msgspec

from millwright.errors import MillwrightError, NotFound, PackageRefused, Unavailable
from millwright.package.keys import SigningKey, Trust
from millwright.package.sign import PATTERN, RELEASE, read_signature, sign, verify_signature, write_signature
from millwright.records.codec import from_json, to_json
from millwright.records.release import ReleaseState, Untold
from millwright.stores.durable import write_atomic

FOLDER = "release"
MAX_BYTES = 64 << 10
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_FORM = re.compile(rb'\{"signature":(' + PATTERN + rb'),"state":(\{.*\})\}\n', re.DOTALL)
"""The signature comes first and has a fixed form, so that the state is cut out and verified before it is parsed."""


def release_path(home: Path, project: str) -> Path:
    """Where the state of a project lies. Raises NotFound for what cannot be a project's name."""
    if not _PROJECT.fullmatch(project):
        raise NotFound(f"{project!a} is not the name of a project", code="project.missing")
    return home / FOLDER / f"{project}.json"


def release_bytes(state: ReleaseState, key: SigningKey) -> bytes:
    """A state as it is written: its signature first, then what was signed."""
    content = to_json(state)
    return b'{"signature":' + write_signature(sign(RELEASE, content, key)) + b',"state":' + content + b"}\n"


def write_release(home: Path, state: ReleaseState, key: SigningKey) -> Path:
    """Write a project's state whole or not at all, with its signature in the same file.

    Raises Unavailable; MillwrightError where it is too long to be read: what the catalogue was not told of holds reasons.
    """
    path, content = release_path(home, state.project), release_bytes(state, key)
    if len(content) > MAX_BYTES:
        what = f"the release state would have {len(content):,} bytes, and servers read {MAX_BYTES:,}"
        raise MillwrightError(what, where=str(path), fix="give a shorter --reason", code="release.too_long")
    write_atomic(path, content, mode=0o644)
    return path


def read_release(path: Path, trust: Trust) -> ReleaseState:
    """The state in a file, verified before it is parsed.

    Raises NotFound: no file. PackageRefused: changed, cut short, not signed by a pinned key, or of another project than
    the file's name says. Unavailable: cannot be read.
    """
    match = _FORM.fullmatch(_read(path))
    if match is None:
        raise _refused(path, "this is no release state")
    content = match[4]
    try:
        verify_signature(RELEASE, content, read_signature(match[1]), trust)
    except PackageRefused as error:
        raise PackageRefused(error.what, where=str(path), fix=error.fix, code=error.code) from error
    try:
        state = from_json(ReleaseState, content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refused(path, f"signed, but of a form this Millwright does not read: {error}") from error
    if path.name != f"{state.project}.json":
        raise _refused(path, f"the state is of project {state.project}")
    return state


def read_untold(home: Path, trust: Trust) -> dict[str, tuple[Untold, ...]]:
    """What was done here that the catalogue was not told of yet, by project; of files that do not verify, nothing."""
    found = {}
    for path in list_releases(home):
        with suppress(MillwrightError):
            found[path.stem] = read_release(path, trust).untold
    return {project: untold for project, untold in found.items() if untold}


def list_releases(home: Path) -> tuple[Path, ...]:
    """The state files that are there, by name; they are not read."""
    return tuple(path for path in sorted((home / FOLDER).glob("*.json")) if _PROJECT.fullmatch(path.stem))


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES)
    except FileNotFoundError as error:
        raise NotFound("nothing was released yet", where=str(path), fix="see `mw promote`", code="release.missing") from error
    except OSError as error:
        raise Unavailable(f"the release state cannot be read: {error.strerror}", where=str(path)) from error


def _refused(path: Path, what: str) -> PackageRefused:
    return PackageRefused(what, where=str(path), fix="run `mw up` again: it writes the file anew", code="release.refused")
