"""Kubernetes: the connection to it, and the names by which it knows the pods of a run."""
