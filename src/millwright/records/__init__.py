"""The frozen records that travel between the stages. No NumPy, no I/O: the lowest room of the house."""
