"""The control plane over HTTP: the same verbs as the command line, for the console and for programs."""
