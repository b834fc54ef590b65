"""The study as DVC reads it: the only folder that imports dvc."""
