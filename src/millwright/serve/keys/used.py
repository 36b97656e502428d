"""When each key was used last: kept in memory, written at most once a minute, one file for each worker."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from millwright.records.codec import to_json
from millwright.serve.keys.file import access_folder
from millwright.stores.durable import write_atomic


def used_path(home: Path, worker: int) -> Path:
    """Where a worker writes it."""
    return access_folder(home) / f"used-{worker}.json"


def write_used(home: Path, worker: int, used: dict[str, float]) -> None:
    """Keep a worker's times (seconds since 1970) by id. Raises Unavailable."""
    write_atomic(used_path(home, worker), to_json(used))


def read_used_by(path: Path) -> dict[str, float]:
    """One worker's times; none where its file is not there or damaged: nothing hangs on it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError):
        return {}


def read_used(home: Path) -> dict[str, datetime]:
    """When each key was used last, in any worker."""
    latest: dict[str, float] = {}
    for path in sorted(access_folder(home).glob("used-*.json")):
        for key_id, at in read_used_by(path).items():
            latest[key_id] = max(at, latest.get(key_id, 0.0))
    return {key_id: datetime.fromtimestamp(at, UTC) for key_id, at in latest.items()}
