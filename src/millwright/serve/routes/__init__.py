"""The routes of the data plane, by who asked for them: Millwright's own, the ecosystem's protocols, a platform's settings."""
