"""The study: the schema of params.yaml, and the rules that dvc.yaml must satisfy."""
