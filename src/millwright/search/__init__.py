"""Searching for a model: folds, portfolio, trials under a hard deadline."""
