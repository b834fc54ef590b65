"""The stage's container on Kubernetes."""

from kfp.dsl import Artifact, Dataset

from components.container import MODELS, component

tokenization = component(
    "tokenization",
    description="A corpus and a tokenizer -> rows of tokens.",
    image=MODELS,
    inputs={"tokenizer": Artifact},
    output=("tokens", Dataset),
)
