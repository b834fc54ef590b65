"""One stage of `dvc.yaml` in a pod: lock entries, parameters and data's text -> a lock entry."""
