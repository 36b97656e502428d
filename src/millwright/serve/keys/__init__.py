"""API keys: their text, the file that holds their digests, and how a running server takes up a change."""
