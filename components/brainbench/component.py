"""The stage's container on Kubernetes."""

from kfp.dsl import Dataset, Model

from components.container import MODELS, component

brainbench = component(
    "brainbench",
    description="A model and cases -> perplexities and accuracy.",
    image=MODELS,
    inputs={"model": Model},
    output=("scores", Dataset),
)
