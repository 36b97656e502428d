"""The catalogue: projects, runs, versions, releases, decisions and the audit chain."""
