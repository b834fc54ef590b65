"""The stage's container on Kubernetes."""

from components.runtime.container import MODELS, stage_component

tokenizer = stage_component("tokenizer", image=MODELS)
