"""What the data plane tells of itself by OpenTelemetry, where that was asked for; without that, nothing of it is loaded."""
