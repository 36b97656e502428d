"""Features: one fitted plan, two encoders (batch and row) that agree to the bit."""
