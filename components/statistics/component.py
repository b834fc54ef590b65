"""The stage's container on Kubernetes."""

from components.runtime.container import ANALYSIS, stage_component

statistics = stage_component("statistics", image=ANALYSIS)
