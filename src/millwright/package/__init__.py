"""Packages: written, signed, verified, opened."""
