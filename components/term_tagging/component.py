"""The stage's container on Kubernetes."""

from components.runtime.container import ANALYSIS, stage_component

term_tagging = stage_component("term_tagging", image=ANALYSIS)
