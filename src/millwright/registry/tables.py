"""The tables of the catalogue as the last step of `ddl` leaves them, in SQL that SQLite and Postgres both speak."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

from millwright.records.codec import to_json

STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"
"""Times are text of one width in UTC: they sort as they happened, and people can read them."""


def stamp(at: datetime) -> str:
    """A moment as the catalogue stores it. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at}")
    at = at.astimezone(UTC)
    return f"{at.year:04d}{at.strftime(STAMP.removeprefix('%Y'))}"


class Moment(TypeDecorator[datetime]):
    """A UTC time, stored as text of one width."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else stamp(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Plain data or a record, stored as canonical JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        return to_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else msgspec.json.decode(value)


def _text(name: str, *more: Any, nullable: bool = False, **options: Any) -> Column[str]:
    return Column(name, Text, *more, nullable=nullable, **options)


def _moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=nullable)


def _project(**options: Any) -> Column[str]:
    return _text("project", ForeignKey("projects.name"), **options)


TABLES = MetaData()

schema_steps = Table("schema_steps", TABLES, Column("number", Integer, primary_key=True), _text("name"), _moment("applied_at"))

projects = Table("projects", TABLES, _text("name", primary_key=True), _moment("created_at"))

runs = Table(
    "runs",
    TABLES,
    _text("id", primary_key=True),
    _project(),
    _text("spec"),
    _text("state"),
    _moment("as_of"),
    _moment("started_at"),
    _moment("finished_at", nullable=True),
    _text("reason"),
    Column("version", Integer),
    _text("actor"),
    Index("runs_by_start", "project", "started_at", "id"),
    Index("runs_by_state", "project", "state", "started_at"),
    Index("runs_by_version", "project", "version"),
)

steps = Table(
    "steps",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _text("run", ForeignKey("runs.id")),
    _text("name"),
    _text("inputs"),
    _text("output"),
    _moment("started_at"),
    _moment("finished_at"),
    Column("reused", Boolean, nullable=False),
    Column("lost", Boolean, nullable=False),
    Index("steps_of_run", "run"),
    Index("steps_by_name", "name", "inputs"),
)
_counts = steps.c.reused.is_(false()) & steps.c.lost.is_(false())
Index("steps_count_once", steps.c.name, steps.c.inputs, unique=True, sqlite_where=_counts, postgresql_where=_counts)

trials = Table(
    "trials",
    TABLES,
    _text("search", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("run", ForeignKey("runs.id")),
    Column("trial", Json, nullable=False),
)

versions = Table(
    "versions",
    TABLES,
    _project(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("package"),
    _text("payload_digest"),
    _text("run", ForeignKey("runs.id")),
    _text("verdict"),
    _text("summary"),
    _moment("created_at"),
    UniqueConstraint("project", "package", name="versions_by_package"),
    Index("versions_by_time", "project", "created_at", "number"),
)


def _version_key(column: str = "version") -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["project", column], ["versions.project", "versions.number"])


aliases = Table(
    "aliases",
    TABLES,
    _project(primary_key=True),
    _text("name", primary_key=True),
    Column("version", Integer, nullable=False),
    _moment("changed_at"),
    _version_key(),
)

releases = Table(
    "releases",
    TABLES,
    _project(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    _text("package"),
    _text("payload_digest"),
    _text("actor"),
    _text("reason"),
    _text("action"),
    Column("forced", Boolean, nullable=False),
    _moment("event_at"),
    _moment("known_at"),
    Column("returns_to", Integer),
    Column("challenger", Integer),
    Column("share", Float),
    _text("paused", nullable=True),
    _version_key(),
    _version_key("challenger"),
    Index("releases_by_time", "project", "event_at"),
    Index("releases_by_version", "project", "version", "number"),
    Index("releases_by_action", "project", "action", "number"),
)

decisions = Table(
    "decisions",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _project(),
    _text("action"),
    Column("version", Integer),
    _text("actor"),
    _text("rule"),
    _text("reason"),
    Column("evidence", Json, nullable=False),
    _moment("event_at"),
    _moment("known_at"),
    _text("mode", nullable=True),
    Column("of", Integer, ForeignKey("decisions.number")),
    Index("decisions_of_project", "project", "number"),
    Index("decisions_by_cause", "of"),
    Index("decisions_by_action", "project", "action", "number"),
    Index("decisions_by_time", "project", "known_at", "number"),
    Index("decisions_by_event", "project", "event_at", "number"),
)

findings = Table(
    "findings",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("id", unique=True),
    _project(),
    _text("kind"),
    Column("finding", Json, nullable=False),
    _moment("known_at"),
    _moment("event_at", nullable=True),
    Index("findings_of_project", "project", "number"),
    Index("findings_by_window", "project", "event_at", "number"),
)

leases = Table(
    "leases",
    TABLES,
    _text("project", primary_key=True),
    _text("holder"),
    Column("token", Integer, nullable=False),
    _moment("renewed_at"),
    _moment("expires_at"),
)
"""Without a key to the projects: the loop may wait for a project that has not been trained yet."""

watched = Table(
    "watched",
    TABLES,
    _project(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    _moment("start_at"),
    _moment("end_at"),
    _moment("known_at"),
    Column("watched", Json, nullable=False),
    UniqueConstraint("project", "end_at", "version", name="watched_once"),
)

alerts = Table(
    "alerts",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _project(),
    _text("id", unique=True),
    _text("cause"),
    _text("severity"),
    Column("alert", Json, nullable=False),
    _moment("raised_at"),
    _moment("seen_at"),
    _moment("told_at"),
    Column("times", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    _moment("ended_at", nullable=True),
    _moment("acknowledged_at", nullable=True),
    _text("acknowledged_by", nullable=True),
    _text("reason", nullable=True),
    Index("alerts_of_project", "project", "number"),
    Index("alerts_not_ended", "project", "ended_at", "number"),
    Index("alerts_by_cause", "project", "cause", "number"),
)

deliveries = Table(
    "deliveries",
    TABLES,
    Column("alert", Integer, ForeignKey("alerts.number"), primary_key=True, autoincrement=False),
    _text("channel", primary_key=True),
    _text("occasion", primary_key=True),
    Column("told", Integer, primary_key=True, autoincrement=False),
    _project(),
    _text("state"),
    _moment("due_at"),
    Column("tries", Integer, nullable=False),
    _text("message", nullable=True),
    _moment("claimed_until", nullable=True),
    _moment("done_at", nullable=True),
    _text("said"),
    Index("deliveries_by_state", "project", "state", "channel", "due_at"),
)

alert_marks = Table(
    "alert_marks",
    TABLES,
    _project(primary_key=True),
    Column("findings", Integer, nullable=False),
    Column("decisions", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
)
"""Up to which finding, decision and look there is an alert for all that deserves one."""

scores = Table(
    "scores",
    TABLES,
    Column("decision", Integer, ForeignKey("decisions.number"), primary_key=True, autoincrement=False),
    _project(),
    Column("scored", Json, nullable=False),
    _moment("known_at"),
    Index("scores_of_project", "project", "decision"),
)
"""What later labels said of decisions: one row for each that was scored."""

audit = Table(
    "audit",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _moment("at"),
    _text("actor"),
    _text("action"),
    _text("subject"),
    _text("detail"),
    _text("previous"),
    _text("digest"),
    Index("audit_by_subject", "subject"),
    Index("audit_by_actor", "actor", "number"),
    Index("audit_by_action", "action", "number"),
)

audit_head = Table(
    "audit_head",
    TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
    _text("digest"),
)

people = Table(
    "people",
    TABLES,
    _text("name", primary_key=True),
    _text("password", nullable=True),
    _moment("created_at"),
    _moment("ended_at", nullable=True),
)


def _person(**options: Any) -> Column[str]:
    return _text("person", ForeignKey("people.name"), **options)


grants = Table("grants", TABLES, _person(primary_key=True), _text("project", primary_key=True), _text("role"))
"""Without a key to the projects: somebody may be let into one that has not been trained yet, or into all."""

sign_in_links = Table(
    "sign_in_links",
    TABLES,
    _text("digest", primary_key=True),
    _person(),
    _text("made_by"),
    _moment("made_at"),
    _moment("ends_at"),
    _moment("used_at", nullable=True),
)

sessions = Table(
    "sessions",
    TABLES,
    _text("id", primary_key=True),
    _text("digest", unique=True),
    _text("before", nullable=True),
    _person(),
    _moment("began_at"),
    _moment("seen_at"),
    _moment("rotated_at"),
    _moment("ends_at"),
    _text("agent"),
    Index("sessions_before", "before"),
    Index("sessions_of_person", "person"),
)
"""digest: of the secret that counts; before: of the one that it took the place of."""

control_keys = Table(
    "control_keys",
    TABLES,
    _text("id", primary_key=True),
    _text("digest", unique=True),
    _text("name"),
    _person(),
    _text("project"),
    _text("role"),
    _moment("created_at"),
    _moment("expires_at", nullable=True),
    _moment("used_at", nullable=True),
    _moment("revoked_at", nullable=True),
    Index("control_keys_of_person", "person", "created_at"),
)

identities = Table(
    "identities",
    TABLES,
    _text("issuer", primary_key=True),
    _text("subject", primary_key=True),
    _person(),
    _moment("bound_at"),
    Index("identities_of_person", "person"),
)
"""Accounts of sign-in providers, and which person each is."""

answered = Table(
    "answered",
    TABLES,
    _text("asker", primary_key=True),
    _text("key", primary_key=True),
    _text("asked"),
    Column("status", Integer),
    _text("body", nullable=True),
    _moment("at"),
    Index("answered_by_time", "at"),
)
"""What was answered to requests that came with a key of their own (Idempotency-Key). asked: the digest of the request; status
and body: None while it is being worked on."""
