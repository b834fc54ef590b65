"""The study on Kubeflow Pipelines: compiled, submitted and watched."""
