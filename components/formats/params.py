"""What stages read from `params.yaml`: the study's variants, its margin and its seed."""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, NonNegativeInt

from components.formats.json_file import (
    Number,
    PositiveNumber,
    parse_json,
    plain,
    read_yaml,
    write_yaml,
)
from components.runtime.errors import InputError
from components.runtime.ranges import LARGEST_SEED

EXPERTS = "human-experts"  # in tables and metrics, beside the variants' names
LONGEST_NAME = 100  # bytes; files may have names of 255
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Margin = Annotated[float, Field(gt=0, lt=0.5)]
LOCAL_ENDPOINT = "http://localhost:8000/v1"  # of a language model; where transformers serves one


@dataclass(frozen=True)
class StudyVariant:
    """One way to come by a model: a row of the table `variants`."""

    architecture: str
    weights: str  # what training starts from: `random` or `pretrained`
    tokenizer: str  # what splits the text into tokens: `pretrained` or `domain`
    epochs: NonNegativeInt  # passes over the field's corpus; 0 for none
    name: str = ""  # the row's key; of published models, what they are called here
    about: str = ""  # what it is, in words; empty where the other values say all

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
    """How the results are tested."""

    margin: Margin  # two accuracies that differ by less count as equivalent, as a share


@dataclass(frozen=True)
class AnalysisParams:
    """The part of `params.yaml` that decides on statistics."""

    seed: Seed
    statistics: StatisticsParams
    variants: dict[str, StudyVariant]  # by name, in the study's order; at least one


def read_params(file: Path) -> AnalysisParams:
    """The parameters of a study.

    Raises:
        InputError: The file is missing or not YAML, has no variant, a value is missing or of
            another type, or two variants' names become one as names of files.
    """
    params = read_yaml(file, AnalysisParams)
    if not params.variants:
        raise InputError(f"no variant in {file}: expected one row each under variants")
    _check_names(params.variants, file)
    named = {name: replace(each, name=name) for name, each in params.variants.items()}
    return replace(params, variants=named)


@dataclass(frozen=True)
class LanguageModel:
    """Limits and prices of a language model: a row of `language_models`.

    None of it decides a result.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    concurrency: Annotated[int, Field(ge=1, le=2000)] = 32  # at the same time
    timeout: PositiveNumber = 120.0  # seconds until a call without an answer is given up
    requests_per_minute: PositiveNumber | None = None
    tokens_per_minute: PositiveNumber | None = None  # prompts and answers
    most_cost: PositiveNumber | None = None  # in the currency of the prices; None for no ceiling
    batch: bool = False  # whether calls are answered within a day, by the Batch API
    priced: date | None = None  # date of the prices; None where they are unknown
    input_price: Number = 0.0  # price of a million tokens of prompts
    cached_price: Number = 0.0  # the same, of prompts that the endpoint has in its cache
    output_price: Number = 0.0  # price of a million tokens of answers


def read_language_model(file: Path, name: str) -> LanguageModel:
    """Limits and prices of a language model; those of a local server where the file has none.

    Raises:
        InputError: The file is missing or not YAML, or a value is of another type or out of range.
    """
    rows = read_yaml(file, dict[str, Any]).get("language_models", {})
    return check_language_models(rows, where=str(file)).get(name, LanguageModel())


def check_language_models(
    rows: Mapping[str, Mapping[str, Any]], *, where: str
) -> dict[str, LanguageModel]:
    """Limits and prices by the model's name, of a file's table `language_models`.

    Raises:
        InputError: A key is unknown, or a value is of another type or out of range.
    """
    text = json.dumps(rows, default=str)
    models = parse_json(text, dict[str, LanguageModel], where=f"language_models in {where}")
    for name, model in models.items():
        if model.most_cost is not None and model.priced is None:
            raise InputError(f"most_cost without prices: language_models.{name} in {where}")
    return models


@dataclass(frozen=True)
class PublishedParams:
    """The part of `published/params.yaml` that says what the results are and how to test them."""

    seed: Seed
    statistics: StatisticsParams
    models: dict[str, StudyVariant]  # by the name of their results' folder, in order


def read_published_params(file: Path) -> PublishedParams:
    """The parameters of a study of published results.

    Raises:
        InputError: The file is missing or not YAML, a value is missing or of another type, a model
            has no name, or two models' names become one as names of files.
    """
    params = read_yaml(file, PublishedParams)
    for folder, model in params.models.items():
        if not model.name:
            raise InputError(f"models.{folder}.name is missing in {file}")
    _check_names((each.name for each in params.models.values()), file)
    return params


def _check_names(names: Iterable[str], file: Path) -> None:
    """Refuses names that cannot name files beside each other, as results are kept."""
    before = {EXPERTS: EXPERTS}
    for name in names:
        odd = not name.isprintable() or set(name) & set('/\\:*?"<>|') or name[:1] in ("", ".", " ")
        if odd or len(name.encode()) > LONGEST_NAME:
            raise InputError(f"variant {name!r} in {file}: expected a name that files can have")
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded in before:
            raise InputError(
                f"two variants named {before[folded]} and {name} in {file}: expected names that"
                " are no one name of a file where case is ignored"
            )
        before[folded] = name


def write_params(
    file: Path, variants: Mapping[str, StudyVariant], *, seed: int, statistics: StatisticsParams
) -> None:
    """Writes the parameters that `read_params` reads."""
    rows = {name: plain(each) for name, each in variants.items()}
    for row in rows.values():
        del row["name"]
        if not row["about"]:
            del row["about"]
    write_yaml(file, {"seed": seed, "statistics": plain(statistics), "variants": rows})
