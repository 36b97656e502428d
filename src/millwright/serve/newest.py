"""The newest release that was live in a home, by project: an older signed file is never taken up again."""

from pathlib import Path

import msgspec

from millwright.errors import PackageRefused
from millwright.records.release import ReleaseState
from millwright.stores.durable import write_atomic


def refuse_older(home: Path, state: ReleaseState) -> None:
    """Raise PackageRefused where a newer release than this one was live here."""
    newest = newest_seen(home, state.project)
    if state.number < newest:
        raise PackageRefused(
            f"release {state.number} is older than release {newest}, which was live here",
            where=f"release of {state.project}",
            fix="release anew: mw promote or mw rollback",
            code="release.older",
        )


def newest_seen(home: Path, project: str) -> int:
    """The highest release number that was live in this home."""
    try:
        return msgspec.json.decode(_newest_path(home, project).read_bytes(), type=int)
    except FileNotFoundError:
        return 0
    except (OSError, msgspec.DecodeError) as error:
        raise PackageRefused(
            f"the number of the newest release cannot be read: {error}", where=f"release of {project}", code="release.newest"
        ) from error


def remember_newest(home: Path, project: str, number: int) -> None:
    """Keep the number of a release that goes live. Raises Unavailable."""
    if number > newest_seen(home, project):
        write_atomic(_newest_path(home, project), msgspec.json.encode(number))


def _newest_path(home: Path, project: str) -> Path:
    return home / "serve" / "newest" / f"{project}.json"
