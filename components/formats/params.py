"""What stages read from `params.yaml`: the study's variants, its margin and its seed."""

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import NonNegativeInt

from components.formats.json_file import read_yaml
from components.runtime.errors import InputError


@dataclass(frozen=True)
class StudyVariant:
    """One way to come by a model: a row of the table `variants`.

    Attributes:
        architecture: Name of the network.
        weights: What training starts from: `random` or `pretrained`.
        tokenizer: What splits the text into tokens: `pretrained` or `domain`.
        epochs: Passes over the field's corpus; 0 for none.
        name: The row's key.
    """

    architecture: str
    weights: str
    tokenizer: str
    epochs: NonNegativeInt
    name: str = ""

    @property
    def description(self) -> str:
        """What it is, in words."""
        passes = f"{self.epochs} epoch{'s' if self.epochs > 1 else ''}"
        training = passes if self.epochs else "not trained"
        return f"{self.weights} weights, {self.tokenizer} tokenizer, {training}"

    @property
    def from_scratch(self) -> bool:
        """Whether all it knows comes from the field's corpus, tokenizer aside."""
        return self.weights == "random" and self.epochs > 0


@dataclass(frozen=True)
class StatisticsParams:
    """How the results are tested.

    Attributes:
        margin: Two accuracies that differ by less count as equivalent, as a share.
    """

    margin: float


@dataclass(frozen=True)
class AnalysisParams:
    """The part of `params.yaml` that decides on statistics.

    Attributes:
        seed: Decides on everything that is drawn.
        statistics: How the results are tested.
        variants: By name, in the study's order; at least one.
    """

    seed: NonNegativeInt
    statistics: StatisticsParams
    variants: dict[str, StudyVariant]


def read_params(file: Path) -> AnalysisParams:
    """The parameters in a YAML 1.2 file.

    Raises:
        InputError: The file is missing or not YAML, has no variant, or a value is missing or of
            another type.
    """
    params = read_yaml(file, AnalysisParams)
    if not params.variants:
        raise InputError(f"no variant in {file}: expected one row each under variants")
    named = {name: replace(each, name=name) for name, each in params.variants.items()}
    return replace(params, variants=named)
