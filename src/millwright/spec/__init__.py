"""millwright.yaml to Spec, with errors that name the place."""
