"""What a study consists of: the schema of params.yaml, and what dvc.yaml must keep to."""
