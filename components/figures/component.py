"""The stage's container on Kubernetes."""

from collections.abc import Iterable

from kfp.dsl import Artifact, Dataset

from components.container import ANALYSIS, Component, component


def figures(scores: Iterable[str]) -> Component:
    """The component for a study's variants.

    Args:
        scores: Names of the inputs that hold scores, one a variant.
    """
    return component(
        "figures",
        description="Scores, overlap, terms, tokenizers and participants -> figures and report.",
        image=ANALYSIS,
        inputs={
            "overlap": Dataset,
            "terms": Dataset,
            "tokenizers_pretrained": Artifact,
            "tokenizers_domain": Artifact,
            **dict.fromkeys(scores, Dataset),
        },
        output=("figures", Artifact),
        report=True,
    )
