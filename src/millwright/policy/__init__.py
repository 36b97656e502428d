"""From findings to a decision: pure, so that a replay decides what was decided."""
