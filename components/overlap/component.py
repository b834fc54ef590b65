"""The stage's container on Kubernetes."""

from components.runtime.container import ANALYSIS, stage_component

overlap = stage_component("overlap", image=ANALYSIS)
