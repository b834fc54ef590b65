"""The stage's container on Kubernetes."""

from components.runtime.container import ANALYSIS, stage_component

audit = stage_component("audit", image=ANALYSIS)
