"""The stage's container on Kubernetes."""

from kfp.dsl import Artifact

from components.container import MODELS, component

tokenizer = component(
    "tokenizer",
    description="A corpus -> a tokenizer.",
    image=MODELS,
    output=("tokenizer", Artifact),
)
