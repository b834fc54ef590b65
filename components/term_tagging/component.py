"""The stage's container on Kubernetes."""

from kfp.dsl import Artifact, Dataset

from components.container import ANALYSIS, component

term_tagging = component(
    "term_tagging",
    description="Two vocabularies and corpora -> terms of the field.",
    image=ANALYSIS,
    inputs={"tokenizers_pretrained": Artifact, "tokenizers_domain": Artifact},
    output=("terms", Dataset),
)
