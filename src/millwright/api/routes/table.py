"""Every part of the API, in the order in which it is described."""

from millwright.api.desk import Routes
from millwright.api.routes import audit, data, decisions, log, monitoring, projects, rollout, runs, session, versions

ROUTES: tuple[Routes, ...] = (
    session.routes,
    projects.routes,
    data.routes,
    runs.routes,
    versions.routes,
    rollout.routes,
    decisions.routes,
    monitoring.routes,
    log.routes,
    audit.routes,
)
