"""Stages of the study, a folder each; `formats` are their files, `runtime` what they run on."""

import os

# Threads that wait for each other must not spin: on shared or virtual cores that made a training
# step ten times slower. OpenMP reads this once, when PyTorch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
