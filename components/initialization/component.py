"""The stage's container on Kubernetes."""

from kfp.dsl import Model

from components.container import MODELS, component

initialization = component(
    "initialization",
    description="Sizes and a seed -> random weights.",
    image=MODELS,
    output=("weights", Model),
)
