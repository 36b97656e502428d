"""Where the logs lie: ROOT/project=P/hour=YYYY-MM-DDTHH/, and ROOT/project=P/day=YYYY-MM-DD/ once a day is sealed, in UTC.

The time is that of the event for predictions, and that of becoming known for labels.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from millwright.errors import Unavailable
from millwright.stores.durable import make_folder, unavailable

SEGMENT = ".seg"
OPENING = ".opening-"
"""How the name of a file begins that is about to become a segment: it has its lock first, and then its name."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_FORMAT, _DAY_FORMAT = "%Y-%m-%dT%H", "%Y-%m-%d"


def hour_name(at: datetime) -> str:
    """The name of the hour that `at` (with a zone) lies in: 2013-06-01T14."""
    return at.astimezone(UTC).strftime(_HOUR_FORMAT)


def hour_start(name: str) -> datetime:
    """When the hour of that name began, in UTC."""
    return datetime.strptime(name, _HOUR_FORMAT).replace(tzinfo=UTC)


def day_name(at: datetime) -> str:
    """The name of the day, in UTC, that `at` (with a zone) lies in: 2013-06-01."""
    return at.astimezone(UTC).strftime(_DAY_FORMAT)


def day_start(name: str) -> datetime:
    """When the day of that name began, in UTC."""
    return datetime.strptime(name, _DAY_FORMAT).replace(tzinfo=UTC)


def to_microseconds(at: datetime) -> int:
    """Microseconds since 1970 of a moment that carries its zone."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The moment, in UTC. Raises OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=microseconds)


def project_folder(root: Path, project: str) -> Path:
    """The folder of a project's log."""
    return root / f"project={project}"


def segment_names(folder: Path) -> list[str]:
    """The names of the segments in an hour's folder, in order. Raises FileNotFoundError where there is no such folder."""
    return sorted(name for name in os.listdir(folder) if name.endswith(SEGMENT) and not name.startswith(OPENING))


def hour_folder(root: Path, project: str, hour: str) -> Path:
    """The folder of one hour of a project's log."""
    return project_folder(root, project) / f"hour={hour}"


def hours(root: Path, project: str, since: datetime | None = None, until: datetime | None = None) -> Iterator[Path]:
    """Folders of the hours that exist and touch [since, until], in order of time."""
    first, last = hour_name(since) if since else "", hour_name(until) if until else "~"
    return _folders(project_folder(root, project), "hour=", first, last)


def days(root: Path, project: str, since: datetime | None = None, until: datetime | None = None) -> Iterator[Path]:
    """Folders of the sealed days that touch [since, until], in order of time."""
    first, last = day_name(since) if since else "", day_name(until) if until else "~"
    return _folders(project_folder(root, project), "day=", first, last)


def _folders(folder: Path, kind: str, first: str, last: str) -> Iterator[Path]:
    names = os.listdir(folder) if folder.is_dir() else []
    yield from (folder / name for name in sorted(names) if name.startswith(kind) and kind + first <= name <= kind + last)


def folder_day(folder: Path) -> str:
    """The day (2013-06-01) of a folder of an hour or of a day."""
    return folder.name.partition("=")[2][:10]


def claim_start(folder: Path) -> int:
    """A number that no other start of a worker has had: the next after the highest in `folder`, taken by creating a file."""
    make_folder(folder)
    while True:
        taken = sorted(int(name) for name in os.listdir(folder) if name.isdigit())
        mine = taken[-1] + 1 if taken else 1
        try:
            os.close(os.open(folder / str(mine), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            continue
        except OSError as error:
            raise unavailable(error, folder) from error
        for older in taken:
            (folder / str(older)).unlink(missing_ok=True)
        return mine


def check_writable(folder: Path) -> None:
    """Raise Unavailable, naming the folder, where nothing can be written to it."""
    make_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unavailable("not writable", where=str(folder), fix="check the folder's owner and permissions", code="disk.denied")
