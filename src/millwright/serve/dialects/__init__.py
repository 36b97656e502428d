"""The ways to ask this server: its own, and those of the ecosystem. Each is a pair of pure functions around one answer."""
