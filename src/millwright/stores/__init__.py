"""Ports and adapters at the bottom: durable files, blobs, the clock."""
