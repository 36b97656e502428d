"""The report and the card of a version, for people who read neither code nor JSON."""
