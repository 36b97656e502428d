"""The data plane: predictions and labels over HTTP."""
