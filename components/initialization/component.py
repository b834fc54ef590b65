"""The stage's container on Kubernetes."""

from components.runtime.container import MODELS, stage_component

initialization = stage_component("initialization", image=MODELS)
