"""The texts that a container export fills in."""
