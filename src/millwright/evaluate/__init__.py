"""Judging a model: intervals, slices, calibration, gates, report."""
