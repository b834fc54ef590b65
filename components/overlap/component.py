"""The stage's container on Kubernetes."""

from kfp.dsl import Dataset

from components.container import ANALYSIS, component

overlap = component(
    "overlap",
    description="Cases and a corpus -> what the corpus holds of each case.",
    image=ANALYSIS,
    output=("overlap", Dataset),
)
