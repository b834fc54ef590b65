"""What stages read from `params.yaml`: the study's variants, its margin and its seed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import NonNegativeInt
from ruamel.yaml import YAML

from components.formats.json_file import plain, read_yaml
from components.runtime.errors import InputError


@dataclass(frozen=True)
class StudyVariant:
    """One way to come by a model: a row of the table `variants`.

    Attributes:
        architecture: Name of the network.
        weights: What training starts from: `random` or `pretrained`.
        tokenizer: What splits the text into tokens: `pretrained` or `domain`.
        epochs: Passes over the field's corpus; 0 for none.
        name: The row's key; of published models, what they are called here.
        about: What it is, in words; empty where the other values say all.
    """

    architecture: str
    weights: str
    tokenizer: str
    epochs: NonNegativeInt
    name: str = ""
    about: str = ""

    @property
    def description(self) -> str:
        """What it is, in words."""
        if self.about:
            return self.about
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


@dataclass(frozen=True)
class PublishedParams:
    """The part of `published/params.yaml` that says what the results are and how to test them.

    Attributes:
        seed: Decides on everything that is drawn.
        statistics: How the results are tested.
        models: Variants by the name of the folder of their results, in the study's order.
    """

    seed: NonNegativeInt
    statistics: StatisticsParams
    models: dict[str, StudyVariant]


def read_published_params(file: Path) -> PublishedParams:
    """The parameters of a study of published results, in YAML 1.2.

    Raises:
        InputError: The file is missing or not YAML, a value is missing or of another type, a model
            has no name, or two models have one.
    """
    params = read_yaml(file, PublishedParams)
    for folder, model in params.models.items():
        if not model.name:
            raise InputError(f"models.{folder}.name is missing in {file}")
    names = [each.name for each in params.models.values()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two models named {twice[0]} in {file}: expected different names")
    return params


def write_params(
    file: Path, variants: Mapping[str, StudyVariant], *, seed: int, statistics: StatisticsParams
) -> None:
    """Writes the parameters that `read_params` reads.

    Args:
        file: Where to write.
        variants: By name, in the study's order.
        seed: Decides on everything that is drawn.
        statistics: How the results are tested.
    """
    rows = {name: plain(each) for name, each in variants.items()}
    for row in rows.values():
        del row["name"]
        if not row["about"]:
            del row["about"]
    yaml = YAML()
    yaml.width = 1000
    content = {"seed": seed, "statistics": plain(statistics), "variants": rows}
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(content, out)
