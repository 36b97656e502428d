"""Durable runs and their steps."""
