"""From `millwright.yaml` to a Spec and back: every mistake at once, each with file:line:column."""
