"""What to run: the schema of params.yaml and its check."""
