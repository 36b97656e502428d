"""Millwright: the machine-learning engineer as software."""

__version__ = "0.1.0"
