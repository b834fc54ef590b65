"""The stage's container on Kubernetes."""

from components.runtime.container import ANALYSIS, stage_component

evidence = stage_component("evidence", image=ANALYSIS)
