"""Stages of the study, a folder each; `formats` are their files, `runtime` what they run on."""

import os

# How long OpenMP's threads spin while they wait for each other, before they sleep; it is read once,
# when PyTorch is loaded. Without end, a step of a small model takes ten times longer on shared
# cores; without any, a third longer on idle ones. 10,000 turns are about a tenth of a millisecond.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
