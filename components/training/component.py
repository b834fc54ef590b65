"""The stage's container on Kubernetes."""

from components.runtime.container import MODELS, stage_component

training = stage_component("training", image=MODELS)
