"""What differs by kind of problem: target, metrics, outputs."""
