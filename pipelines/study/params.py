"""The schema of `params.yaml`: the parameters of a study."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from components.runtime.errors import InputError

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
NotNegative = Annotated[float, Field(ge=0)]
Size = Annotated[str, Field(pattern=r"^[1-9]\d*Gi$")]
RENAMED = {  # current key by former key
    "width": "hidden_size",
    "rows_at_once": "micro_batch_size",
    "learning_rate": "peak_learning_rate",
    "warmup_share": "warmup_ratio",
    "smallest_ratio": "min_ratio",
    "training": "recipes",
}


class Table(BaseModel):
    """A table of `params.yaml`. Unknown keys and values of other types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Tokenizer(Table):
    """A tokenizer: trained on a corpus, or an existing one that is copied.

    Attributes:
        source: Folder of the corpus, or of the existing tokenizer.
        vocabulary_size: Number of tokens.
    """

    source: str
    vocabulary_size: Annotated[int, Field(ge=257)]


class Architecture(Table):
    """A GPT-2 architecture."""

    num_layers: Count
    num_heads: Count
    hidden_size: Count
    dropout: Annotated[float, Field(ge=0, lt=1)]
    initializer_range: Annotated[float, Field(gt=0)]
    vocabulary_size: Annotated[int, Field(ge=257)]


class TrainingRecipe(Table):
    """Hyperparameters of a training; components/training/recipe.py explains them."""

    optimizer: Literal["adamw", "muon"]
    batch_size: Count
    micro_batch_size: Count
    peak_learning_rate: NotNegative
    warmup_ratio: Share
    schedule: Literal["cosine", "linear"]
    weight_decay: NotNegative
    decayed: Literal["matrices", "matrices-and-norms"]
    adam_beta2: Annotated[float, Field(ge=0, lt=1)]
    adam_epsilon: NotNegative
    precision: Literal["float32", "bfloat16", "float16"]


class Pretraining(Table):
    """Pretraining of an architecture on the general corpus; 0 epochs copy the weights."""

    weights: str
    epochs: Annotated[int, Field(ge=0)]
    recipe: TrainingRecipe


class Variant(Table):
    """A model of the study; 0 epochs copy its initial weights."""

    architecture: str
    weights: Literal["random", "pretrained"]
    tokenizer: str
    epochs: Annotated[int, Field(ge=0)]
    recipe: TrainingRecipe


class Overlap(Table):
    """Overlap of cases with the training corpus.

    Attributes:
        ngram_length: Words per n-gram.
    """

    ngram_length: Count


class BrainBench(Table):
    """Scoring configuration of the benchmark."""

    protocol: Literal["corrected", "faithful"]
    prompt: str
    contexts: Annotated[list[Literal["full", "isolated", "swapped"]], Field(min_length=1)]
    authors: Annotated[list[Literal["human", "machine"]], Field(min_length=1)]
    precision: Literal["float32", "bfloat16", "float16"]


class Statistics(Table):
    """Parameters of the statistical tests.

    Attributes:
        margin: Equivalence margin, a difference in accuracy.
    """

    margin: Annotated[float, Field(gt=0, lt=0.5)]


class TermTagging(Table):
    """Parameters of the term tagger."""

    tagger: Literal["keyness"]
    threshold: NotNegative
    min_ratio: NotNegative


class Resources(Table):
    """Resources of a stage's pod on Kubernetes; they do not affect its result.

    Attributes:
        cpu: Requested cores; there is no limit.
        memory: Request and limit, in GiB as Kubernetes writes it (4Gi).
        storage: Limit of its disk space, in GiB.
        hours: Timeout of an attempt.
    """

    cpu: Count
    memory: Size
    storage: Size
    hours: Count


class Params(Table):
    """The parameters of a study."""

    seed: Annotated[int, Field(ge=0)]
    context_length: Annotated[int, Field(ge=2)]
    separator: Literal["none", "end-of-text", "yen"]
    tokenizers: dict[str, Tokenizer]
    architectures: dict[str, Architecture]
    recipes: dict[str, TrainingRecipe]
    pretraining: dict[str, Pretraining]
    variants: dict[str, Variant]
    brainbench: BrainBench
    statistics: Statistics
    overlap: Overlap
    term_tagging: TermTagging
    resources: dict[str, Resources]


def read_params(file: Path) -> Params:
    """The parameters in a file.

    Args:
        file: YAML 1.2 in UTF-8.

    Raises:
        InputError: The file is missing or not YAML; a key is missing or unknown; a value has the
            wrong type, is out of range, or names an undefined tokenizer or architecture.
    """
    if not file.is_file():
        raise InputError(f"not found: {file}")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: byte {error.start + 1} of {file}") from None
    return parse_params(text, where=str(file))


def parse_params(text: str, *, where: str) -> Params:
    """The parameters in a text.

    Args:
        text: YAML 1.2.
        where: Name of its source, for errors.

    Raises:
        InputError: As `read_params`, of the text.
    """
    try:
        params = Params.model_validate(YAML(typ="safe", pure=True).load(text))
    except YAMLError as error:
        raise InputError(f"not YAML ({_yaml_problem(error)}): {where}") from None
    except ValidationError as error:
        # Renamed keys first.
        found = sorted(error.errors(), key=lambda each: _current_name(each) is None)
        raise InputError(_first_line(list(map(_line, found)), where)) from None
    if problems := list(_unknown_names(params)):
        raise InputError(_first_line(problems, where))
    return params


def task_name(title: str) -> str:
    """The Kubernetes name of a task: train-gpt2-neuro for the title `train gpt2-neuro`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _yaml_problem(error: YAMLError) -> str:
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        return f"{error.problem}, line {error.problem_mark.line + 1}"
    return str(error).splitlines()[0]


def _unknown_names(params: Params) -> Iterator[str]:
    """Rows that name undefined rows of other tables, or whose vocabulary sizes differ."""
    for name in params.pretraining:
        if name not in params.architectures:
            yield _unknown(f"pretraining.{name}", name, params.architectures)
    for name, variant in params.variants.items():
        key = f"variants.{name}"
        if variant.architecture not in params.architectures:
            yield _unknown(f"{key}.architecture", variant.architecture, params.architectures)
        elif variant.tokenizer not in params.tokenizers:
            yield _unknown(f"{key}.tokenizer", variant.tokenizer, params.tokenizers)
        elif variant.weights == "pretrained" and variant.architecture not in params.pretraining:
            yield _unknown(f"{key}.architecture", variant.architecture, params.pretraining)
        else:
            size = params.architectures[variant.architecture].vocabulary_size
            cut = params.tokenizers[variant.tokenizer].vocabulary_size
            if size != cut:
                yield f"{key}: found a tokenizer of {cut} tokens, expected the model's {size}"


def _unknown(key: str, found: str, table: dict[str, Any]) -> str:
    return f"{key}: found '{found}', expected one of {', '.join(sorted(table))}"


def _line(error: ErrorDetails) -> str:
    key = ".".join(map(str, error["loc"])) or "the file"
    if name := _current_name(error):
        return f"{key}: unknown key, its name is {name} now"
    if error["type"] == "missing":
        return f"{key}: missing"
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key, expected {_accepted(error['loc'])}"
    if error["type"] == "string_pattern_mismatch":
        return f"{key}: found {error['input']!r}, expected a size in GiB, 4Gi say"
    expected = error["msg"].removeprefix("Input should be ")
    return f"{key}: found {error['input']!r}, expected {expected}"


def _current_name(error: ErrorDetails) -> str | None:
    """The current name of a renamed key; None for other keys."""
    return RENAMED.get(str(error["loc"][-1])) if error["type"] == "extra_forbidden" else None


def _accepted(place: tuple[int | str, ...]) -> str:
    """The keys of the table that an unknown key is in."""
    table: Any = Params
    for key in place[:-1]:
        rows = get_args(table)  # of dict[str, ...]
        table = rows[-1] if rows else table.model_fields[str(key)].annotation
    return "one of " + ", ".join(table.model_fields)


def _first_line(problems: list[str], where: str) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{where}: {problems[0]}{more}"
