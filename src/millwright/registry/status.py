"""What `mw status` reads of a catalogue: plain sqlite3, so that it answers before SQLAlchemy would be loaded."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from millwright.errors import NotFound, Unavailable
from millwright.registry.schema import SCHEMA

_VERSION = "SELECT number, package, payload_digest, run, verdict, summary, created_at FROM versions WHERE project = ?"
_RELEASE = "SELECT number, version, package, payload_digest, actor, reason, action, forced, event_at FROM releases"
_RUN = "SELECT id, spec, state, as_of, started_at, finished_at, reason, version, actor FROM runs WHERE project = ?"
_DECISION = "SELECT number, action, version, actor, rule, reason, event_at FROM decisions WHERE project = ?"
_FINDING = "SELECT id, kind, finding, known_at FROM findings WHERE project = ? ORDER BY number DESC LIMIT 5"


def read_status(path: Path) -> dict[str, Any]:
    """What is live and what happened last, by project: {"schema", "projects": {name: {...}}, "audit": {...}}.

    Each project has `live` (the release), `live_version`, `newest_version`, `last_run`, `last_decision` (None where there
    is none), `unfinished_runs` and `findings`. Times are ISO text in UTC. Cost does not grow with history.
    Raises NotFound: no catalogue there. Unavailable: damaged, busy, or of a newer Millwright.
    """
    if not path.is_file():
        raise NotFound("nothing has run here yet", where=str(path), fix="begin with `mw train`", code="catalogue.missing")
    with _reading(path) as db:
        schema = _schema(db, path)
        names = [row["name"] for row in db.execute("SELECT name FROM projects ORDER BY created_at, name")]
        head = _one(db, "SELECT entries, digest AS head FROM audit_head")
        audit = head or {"entries": 0, "head": None}
        return {"schema": schema, "projects": {name: _project(db, name) for name in names}, "audit": audit}


def _project(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    live = _one(db, f"{_RELEASE} WHERE project = ? ORDER BY number DESC LIMIT 1", name)
    if live is not None:
        live["forced"] = bool(live["forced"])
    number = live["version"] if live else None
    unfinished = "SELECT count(*) AS n FROM runs WHERE project = ? AND state = 'running'"
    return {
        "live": live,
        "live_version": _one(db, f"{_VERSION} AND number = ?", name, number),
        "newest_version": _one(db, f"{_VERSION} ORDER BY number DESC LIMIT 1", name),
        "last_run": _one(db, f"{_RUN} ORDER BY started_at DESC, id DESC LIMIT 1", name),
        "unfinished_runs": db.execute(unfinished, (name,)).fetchone()["n"],
        "last_decision": _one(db, f"{_DECISION} ORDER BY number DESC LIMIT 1", name),
        "findings": [dict(row) for row in db.execute(_FINDING, (name,))],
    }


def _one(db: sqlite3.Connection, query: str, *values: object) -> dict[str, Any] | None:
    row = db.execute(query, values).fetchone()
    return None if row is None else dict(row)


def _schema(db: sqlite3.Connection, path: Path) -> int:
    number = int(db.execute("SELECT max(number) AS n FROM schema_steps").fetchone()["n"])
    if number > SCHEMA:
        what = f"the catalogue has schema {number}, this Millwright knows up to {SCHEMA}"
        raise Unavailable(what, where=str(path), fix="upgrade Millwright", code="catalogue.newer")
    return number


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            db.execute("BEGIN")
            yield db
    except sqlite3.DatabaseError as error:
        what = f"the catalogue cannot be read: {error}"
        raise Unavailable(what, where=str(path), fix="restore it from a backup", code="catalogue.damaged") from error
