"""The console's page: its built files, served as they are."""
