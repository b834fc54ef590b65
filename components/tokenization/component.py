"""The stage's container on Kubernetes."""

from components.runtime.container import MODELS, stage_component

tokenization = stage_component("tokenization", image=MODELS)
