"""Deleting what is old: whole sealed days of both logs, up to one moment, safely against a crash at any instant.

Labels of a prediction become known after it, so a day of labels is about predictions of that day or older ones: both logs
end at the same moment. A day that is not sealed yet, in either log, and all after it, stay.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from millwright.predictions.drop import drop, drop_folders
from millwright.predictions.layout import day_name, day_start, days, folder_day, hours, project_folder
from millwright.predictions.pruned import Pruned, PruneRound, mark_path, read_mark
from millwright.predictions.seal import alone
from millwright.predictions.sealed import day_manifests, manifest_name
from millwright.predictions.window import Logs
from millwright.records.codec import to_json
from millwright.records.record import record
from millwright.stores.durable import make_folder, write_atomic


@record
class PruneOrder:
    """What may be deleted of a project's logs: days that ended by `before`. keep, actor, at: why, by whom, when."""

    project: str
    before: datetime
    keep: str
    actor: str
    at: datetime


def plan_prune(logs: Logs, order: PruneOrder) -> PruneRound | None:
    """What `prune` would delete now; None where that is nothing. Raises Unavailable where a file is damaged."""
    until = min([day_name(order.before), *_unsealed(logs, order.project)])
    asked, told = (_old(root, order.project, until) for root in (logs.predictions, logs.labels))
    found = sorted(folder_day(folder) for folder in (*asked, *told))
    if not found:
        return None
    dropped = [path for folder in (*asked, *told) for path in _files(folder)]
    return PruneRound(
        project=order.project,
        start=day_start(found[0]),
        end=day_start(until),
        predictions=_rows(asked),
        labels=_rows(told),
        dropped=tuple(str(path.relative_to(logs.predictions.parent)) for path in dropped),
        keep=order.keep,
        actor=order.actor,
        at=order.at,
    )


def prune(logs: Logs, order: PruneOrder) -> PruneRound | None:
    """Delete the sealed days that the order allows; returns what was deleted, None where that was nothing.

    First it goes on with a round that was killed. Waits where a sealer is at work. Raises Unavailable: then what the mark
    names is gone for readers, and the next round deletes it.
    """
    if not project_folder(logs.predictions, order.project).is_dir():
        return None
    with _alone_with_both(logs, order.project):
        _finish(logs, order.project)
        found = plan_prune(logs, order)
        if found is not None:
            _mark(logs, found)
            _finish(logs, order.project)
    return found


def finish_prune(logs: Logs, project: str) -> None:
    """Go on with a round that was killed, and begin none. Raises Unavailable."""
    if read_mark(logs.predictions, project) is not None:
        with _alone_with_both(logs, project):
            _finish(logs, project)


@contextmanager
def _alone_with_both(logs: Logs, project: str) -> Iterator[None]:
    """Keep sealers and others who prune away from both logs: always in this order, so that no two wait for each other."""
    with ExitStack() as stack:
        for root in (logs.predictions, logs.labels):
            stack.enter_context(alone(make_folder(project_folder(root, project))))
        yield


def _unsealed(logs: Logs, project: str) -> Iterator[str]:
    """The oldest day of each log of which something is not sealed."""
    for root in (logs.predictions, logs.labels):
        yield from (folder_day(folder) for folder in [next(hours(root, project), None)] if folder is not None)


def _old(root: Path, project: str, until: str) -> list[Path]:
    return [folder for folder in days(root, project) if folder_day(folder) < until]


def _files(folder: Path) -> Iterator[Path]:
    for manifest in day_manifests(folder):
        yield folder / manifest.file
        yield folder / manifest_name(manifest.file)


def _rows(folders: list[Path]) -> int:
    return sum(manifest.rows for folder in folders for manifest in day_manifests(folder))


def _mark(logs: Logs, found: PruneRound) -> None:
    """From here on the rows are gone for readers."""
    earlier = read_mark(logs.predictions, found.project)
    rounds = (*(earlier.rounds if earlier else ()), found)
    mark = Pruned(before=max(each.end for each in rounds), rounds=rounds)
    write_atomic(mark_path(logs.predictions, found.project), to_json(mark))


def _finish(logs: Logs, project: str) -> None:
    """Delete what the newest round of the mark names and is still there, after the labels have the mark too."""
    mark = read_mark(logs.predictions, project)
    if mark is None:
        return
    if read_mark(logs.labels, project) != mark:
        write_atomic(mark_path(logs.labels, project), to_json(mark))
    left = [logs.predictions.parent / name for name in mark.rounds[-1].dropped]
    drop(path for path in left if path.exists())
    drop_folders(sorted({path.parent for path in left if path.parent.is_dir()}))
