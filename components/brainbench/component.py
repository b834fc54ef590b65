"""The stage's container on Kubernetes."""

from components.runtime.container import MODELS, stage_component

brainbench = stage_component("brainbench", image=MODELS)
