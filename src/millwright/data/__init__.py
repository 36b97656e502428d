"""Proving the data: sources, snapshots, profiles, contracts, checks."""
