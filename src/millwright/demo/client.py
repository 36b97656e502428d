"""The demo's client: the one that plays history over HTTP."""

from millwright.loop.http_plane import Client

__all__ = ["Client"]
