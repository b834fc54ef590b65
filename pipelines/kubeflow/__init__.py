"""The study on Kubeflow Pipelines: compile, submit, status, logs, wait."""
