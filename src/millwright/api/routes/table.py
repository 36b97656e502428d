"""Every part of the API, in the order in which it is described."""

from millwright.api.desk import Routes
from millwright.api.routes import (
    audit,
    compare,
    data,
    decisions,
    events,
    keys,
    log,
    monitoring,
    oidc,
    people,
    projects,
    quality,
    rehearsals,
    rollout,
    runs,
    session,
    share,
    spec,
    versions,
)

ROUTES: tuple[Routes, ...] = tuple(
    part.routes
    for part in (
        session, oidc, projects, spec, data, runs, compare, versions, rollout, monitoring, quality, decisions, log, audit,
        rehearsals, people, keys, share, events,
    )
)  # fmt: skip
