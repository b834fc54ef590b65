"""Runs of the study on Kubeflow Pipelines: submitted, watched, waited for."""
