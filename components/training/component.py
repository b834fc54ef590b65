"""The stage's container on Kubernetes."""

from kfp.dsl import Dataset, Model

from components.container import MODELS, component

training = component(
    "training",
    description="Tokens and weights -> a trained model.",
    image=MODELS,
    inputs={"tokens": Dataset, "weights": Model},
    output=("model", Model),
)
