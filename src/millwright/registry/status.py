"""What `mw status` reads of a catalogue: plain sqlite3, so that it answers before SQLAlchemy would be loaded."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from millwright.errors import NotFound, Unavailable
from millwright.registry.schema import SCHEMA

_VERSION = "SELECT number, package, payload_digest, run, verdict, summary, created_at FROM versions WHERE project = ?"
_PUT_AWAY = """SELECT version FROM decisions AS d WHERE project = versions.project AND action = 'archive' AND NOT EXISTS (
    SELECT 1 FROM decisions AS r
    WHERE r.project = d.project AND r.version = d.version AND r.action = 'restore' AND r.number > d.number)"""
_NEWEST_VERSION = f"{_VERSION} AND number NOT IN ({_PUT_AWAY}) ORDER BY number DESC LIMIT 1"
_RELEASE = "SELECT number, version, package, payload_digest, actor, reason, action, forced, event_at FROM releases"
_NEWEST = "SELECT max(number) AS number FROM releases WHERE project = ?"
_MADE_LIVE = f"{_NEWEST} AND action = ?"
_RUN = "SELECT id, spec, state, as_of, started_at, finished_at, reason, version, actor FROM runs WHERE project = ?"
_DECISION = "SELECT number, action, version, actor, rule, reason, event_at, {mode}, {of} FROM decisions WHERE project = ?"
_TRIED = """SELECT challenger AS version, share, CASE WHEN share > 0 THEN 'canary' ELSE 'shadow' END AS stage,
    event_at, actor, reason, {paused} FROM releases WHERE project = ?"""
_FOLLOWED = """SELECT 1 FROM decisions AS f WHERE f."of" = d.number AND f.action IN ('approve', 'decline')"""
_SUPERSEDED = """SELECT 1 FROM decisions AS n
    WHERE n.project = d.project AND n.action = d.action AND n.number > d.number AND n.mode = 'approve'"""
_PENDING = f"""SELECT number, action, version, reason, event_at
    FROM (SELECT * FROM decisions WHERE project = ? ORDER BY number DESC LIMIT 50) AS d
    WHERE mode = 'approve' AND NOT EXISTS ({_FOLLOWED}) AND NOT EXISTS ({_SUPERSEDED}) ORDER BY number DESC"""  # noqa: S608
_WATCHED = "SELECT end_at, watched FROM watched WHERE project = ? ORDER BY end_at DESC LIMIT 14"
_FINDING = "SELECT id, kind, finding, known_at FROM findings WHERE project = ? AND event_at = ? ORDER BY number"
_OPEN = """SELECT number, severity, alert, raised_at FROM alerts
    WHERE project = ? AND ended_at IS NULL AND acknowledged_at IS NULL ORDER BY number DESC LIMIT 50"""
_UNSENT = """SELECT channel, count(*) AS waiting, min(due_at) AS next_try, max(said) AS said FROM deliveries
    WHERE project = ? AND state = 'waiting' GROUP BY channel ORDER BY channel"""
_OF_A_CAUSE = ("id", "kind", "sentence", "findings")
_LOOP_SCHEMA, _PAUSE_SCHEMA, _ALERTS_SCHEMA = 2, 3, 4
"""From these schemas on there are challengers and watched windows, pauses, and alerts: an older catalogue is read as it is."""


def read_status(path: Path) -> dict[str, Any]:
    """What is live and what happened last, by project: {"schema", "projects": {name: {...}}, "audit": {...}}.

    Each project has `live` (who or what made the live version live, and when; None where nothing is), `release` (the number
    of the newest release), `challenger` (what is tried beside it: version, share, stage, paused ("pause", "hold" or None), and
    event_at, actor, reason of the last word on it; or None), `live_version`, `newest_version` (of those not archived),
    `last_run`, `last_decision` (None where there is none), `unfinished_runs`, `decisions` (the last five), `pending` (those of
    the last fifty that wait for a person, and no later one of their kind does), `alerts` (`open`: the last fifty that nobody
    looks after; `unsent`: by channel how many wait to be sent, why the last try failed), `watched_until` (the end of the newest
    window that was looked at, or None), `window` (which one that was), `amended` (of the newest windows those of which rows
    came late), `findings` (what was found in it) and `causes` (what is behind them: id, kind, sentence, findings).
    Times are ISO text in UTC. Cost does not grow with history.
    Raises NotFound: no catalogue there. Unavailable: damaged, busy, or of a newer Millwright.
    """
    if not path.is_file():
        raise NotFound("nothing has run here yet", where=str(path), fix="begin with `mw train`", code="catalogue.missing")
    with _reading(path) as db:
        schema = _schema(db, path)
        names = [row["name"] for row in db.execute("SELECT name FROM projects ORDER BY created_at, name")]
        head = _one(db, "SELECT entries, digest AS head FROM audit_head")
        audit = head or {"entries": 0, "head": None}
        return {"schema": schema, "projects": {name: _project(db, name, schema) for name in names}, "audit": audit}


def _project(db: sqlite3.Connection, name: str, schema: int) -> dict[str, Any]:
    live = _live(db, name)
    number = live["version"] if live else None
    unfinished = "SELECT count(*) AS n FROM runs WHERE project = ? AND state = 'running'"
    decisions = _decisions(db, name, schema)
    return {
        "live": live,
        "release": db.execute(_NEWEST, (name,)).fetchone()["number"],
        "live_version": _one(db, f"{_VERSION} AND number = ?", name, number),
        "newest_version": _one(db, _NEWEST_VERSION, name),
        "last_run": _one(db, f"{_RUN} ORDER BY started_at DESC, id DESC LIMIT 1", name),
        "unfinished_runs": db.execute(unfinished, (name,)).fetchone()["n"],
        "last_decision": next(iter(decisions), None),
        "decisions": decisions,
        **(_loop(db, name, schema) if schema >= _LOOP_SCHEMA else _NO_LOOP),
    }


_NO_ALERTS: dict[str, Any] = {"open": [], "unsent": []}
_NO_LOOP: dict[str, Any] = {
    "challenger": None, "pending": [], "watched_until": None, "window": None,
    "amended": [], "cannot": [], "findings": [], "causes": [], "alerts": _NO_ALERTS,
}  # fmt: skip


def _loop(db: sqlite3.Connection, name: str, schema: int) -> dict[str, Any]:
    tried = _TRIED.format(paused="paused" if schema >= _PAUSE_SCHEMA else "NULL AS paused")
    challenger = _one(db, f"{tried} ORDER BY number DESC LIMIT 1", name)
    looks = _many(db, _WATCHED, name)
    until = looks[0]["end_at"] if looks else None
    seen = [json.loads(look["watched"]) for look in looks]
    return {
        "challenger": challenger if challenger and challenger["version"] is not None else None,
        "pending": _many(db, _PENDING, name),
        "watched_until": until,
        "cannot": seen[0]["cannot"] if seen else [],
        "causes": [{name: cause[name] for name in _OF_A_CAUSE} for cause in seen[0].get("causes", ())] if seen else [],
        "window": _window(seen[0]) if seen else None,
        "amended": [_window(one) for one in seen if one.get("late_rows")],
        "findings": [_finding(row) for row in _many(db, _FINDING, name, until)],
        "alerts": _alerts(db, name) if schema >= _ALERTS_SCHEMA else _NO_ALERTS,
    }


def _window(look: dict[str, Any]) -> dict[str, Any]:
    """What was looked at together: from when to when, how many rows, and how many of these came late."""
    window = look["window"]
    return {
        "start": window["start"],
        "end": window["end"],
        "rows": window["predictions"],
        "late_rows": look.get("late_rows", 0),
        "held_against": look.get("beside", "rows"),
    }


def _alerts(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    waiting = _many(db, _OPEN, name)
    opened = [row | {"title": json.loads(row.pop("alert"))["title"]} for row in waiting]
    return {"open": opened, "unsent": _many(db, _UNSENT, name)}


def _live(db: sqlite3.Connection, name: str) -> dict[str, Any] | None:
    """The promotion or rollback since which the live version is live; rows on challengers came later."""
    numbers = [db.execute(_MADE_LIVE, (name, action)).fetchone()["number"] or 0 for action in ("promote", "rollback")]
    live = _one(db, f"{_RELEASE} WHERE project = ? AND number = ?", name, max(numbers))
    if live is not None:
        live["forced"] = bool(live["forced"])
    return live


def _decisions(db: sqlite3.Connection, name: str, schema: int) -> list[dict[str, Any]]:
    names = {"mode": "mode", "of": '"of"'} if schema >= _LOOP_SCHEMA else {"mode": "NULL AS mode", "of": 'NULL AS "of"'}
    return _many(db, _DECISION.format(**names) + " ORDER BY number DESC LIMIT 5", name)


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    said = json.loads(row.pop("finding"))
    return row | {name: said[name] for name in ("sentence", "columns", "since")}


def _many(db: sqlite3.Connection, query: str, *values: object) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(query, values)]


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
