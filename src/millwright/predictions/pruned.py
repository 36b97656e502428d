"""What was deleted of a log because it was old: a mark beside it, from which on its older rows are gone for every reader.

The mark is written before anything is deleted, whole or not at all. So a reader sees all of a day or nothing of it, also
where whoever deletes is killed in the middle; the next one goes on.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal

from millwright.errors import Unavailable
from millwright.predictions.layout import project_folder
from millwright.records.codec import from_json
from millwright.records.record import record

MARK = "pruned.json"


@record
class PruneRound:
    """One round of deleting: the sealed days of [start, end) and how many rows of each log they held.

    dropped: the deleted files, as paths below the folder that holds both logs. keep: the log.keep that asked for it, or what
    was asked by hand.
    """

    project: str
    start: datetime
    end: datetime
    predictions: int
    labels: int
    dropped: tuple[str, ...]
    keep: str
    actor: str
    at: datetime

    @property
    def sentence(self) -> str:
        """The round in one line."""
        return (
            f"{self.predictions:,} lines of the prediction log and {self.labels:,} labels"
            f" of {self.start:%Y-%m-%d} to {self.end:%Y-%m-%d} UTC (older than {self.keep})"
        )


@record
class Pruned:
    """The mark: rows before `before` are gone. rounds: how it came to that, the oldest first."""

    schema: Literal["millwright.pruned/1"] = "millwright.pruned/1"
    before: datetime
    rounds: tuple[PruneRound, ...]


def mark_path(root: Path, project: str) -> Path:
    """Where the mark of a project's log lies."""
    return project_folder(root, project) / MARK


def read_mark(root: Path, project: str) -> Pruned | None:
    """The mark of a project's log under `root`; None where nothing was ever deleted. Raises Unavailable for a damaged one."""
    path = mark_path(root, project)
    try:
        return from_json(Pruned, path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"the mark of what was deleted cannot be read: {error}",
            where=str(path),
            fix="restore it from a backup, or delete it: then what was deleted is merely missing",
            code="log.damaged",
        ) from error


def pruned_before(root: Path, project: str) -> datetime | None:
    """The moment before which nothing is in the log any more; None where nothing was ever deleted."""
    mark = read_mark(root, project)
    return mark.before if mark else None


def gone_sentence(before: datetime) -> str:
    """What a reader is told that asked about a time before that moment."""
    return f"the log begins at {before:%Y-%m-%d %H:%M} UTC: what was older was deleted (log.keep, or `mw log prune`)"
