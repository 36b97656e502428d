"""What was answered and what came true: the log, labels, windows."""
