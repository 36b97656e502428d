"""The catalogue: projects, runs, versions, releases, decisions, audit."""
