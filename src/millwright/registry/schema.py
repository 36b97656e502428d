"""The number of the catalogue's schema, kept apart so that `mw status` reads it without SQLAlchemy."""

SCHEMA = 7
"""Raised by one for each step added to `migrations.STEPS`."""
