"""Who may come in: links, passwords, sessions, keys, and how often somebody may try."""
