"""What the audit saw against what the catalogue says: a row that was changed or taken away behind its back is found."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from millwright.records.codec import digest_of, to_json
from millwright.records.deciding import Decision
from millwright.records.release import Release, Version
from millwright.records.running import Run
from millwright.registry.rows import in_utc, to_record
from millwright.registry.tables import decisions, releases, runs, versions

Seen = Mapping[str, tuple[int, str]]
"""By subject: the number of the last audit entry on it, and the digest that it holds."""

_NAMES: dict[type[Any], Callable[[Any], str]] = {
    Run: lambda run: f"run {run.id}",
    Version: lambda version: f"version {version.project} {version.name}",
    Release: lambda release: f"release {release.project} {release.number}",
    Decision: lambda decision: f"decision {decision.number}",
}
_TABLES: dict[type[Any], Table] = {Run: runs, Version: versions, Release: releases, Decision: decisions}

_LATER: dict[type[Any], tuple[str, ...]] = {Release: ("challenger", "share", "paused"), Decision: ("mode", "of")}
"""Fields that a record was given after the audit had begun to hold digests of it: they count where they say something."""


def subject_of(record: Run | Version | Release | Decision) -> str:
    """How the audit names a run, version, release or decision."""
    return _NAMES[type(record)](record)


def digest_as_kept(record: object) -> str:
    """The digest of a record as it comes back from the catalogue, its times in UTC.

    A later field (`_LATER`) that is None is left out, so that a record of an older Millwright keeps the digest that the
    audit holds. A record with a value in such a field has another digest, so filling or clearing one is found.
    """
    kept = in_utc(record)
    silent = {name for name in _LATER.get(type(record), ()) if getattr(kept, name) is None}
    if not silent:
        return digest_of(kept)
    plain = msgspec.json.decode(to_json(kept))
    return digest_of({name: value for name, value in plain.items() if name not in silent})


def differences(tx: Connection, seen: Seen) -> Iterator[tuple[int | None, str]]:
    """Each row that is not what the audit saw last: the entry's number (None: the audit never saw it) and a sentence."""
    present: set[str] = set()
    for kind, table in _TABLES.items():
        try:
            for row in tx.execute(select(table).execution_options(yield_per=1000)):
                record = to_record(kind, row)
                subject = subject_of(record)
                present.add(subject)
                number, digest = seen.get(subject, (None, ""))
                if digest_as_kept(record) != digest:
                    yield number, f"{subject} is not what the audit saw"
        except (msgspec.DecodeError, ValueError):
            yield None, f"a row of {table.name} cannot be read"
            return
    told = tuple(f"{table.name.removesuffix('s')} " for table in _TABLES.values())
    for subject in sorted({*seen} - present):
        if subject.startswith(told):
            yield seen[subject][0], f"{subject} is in the audit, but not in the catalogue"
