"""The schema of `params.yaml`: what a study consists of, in numbers and names."""

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
RENAMED = {  # former keys of tables, and today's
    "width": "hidden_size",
    "rows_at_once": "micro_batch_size",
    "learning_rate": "peak_learning_rate",
    "warmup_share": "warmup_ratio",
    "smallest_ratio": "min_ratio",
}


class Table(BaseModel):
    """A table of `params.yaml`: every key is known, no value is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Tokenizer(Table):
    """A tokenizer: what it is trained on, or where it lies ready."""

    source: str
    vocabulary_size: Annotated[int, Field(ge=257)]


class Architecture(Table):
    """The sizes of a GPT-2."""

    num_layers: Count
    num_heads: Count
    hidden_size: Count
    dropout: Annotated[float, Field(ge=0, lt=1)]
    initializer_range: Annotated[float, Field(gt=0)]
    vocabulary_size: Annotated[int, Field(ge=257)]


class Pretraining(Table):
    """What fine-tuning of an architecture starts from; no epochs: the weights are ready."""

    weights: str
    epochs: Annotated[int, Field(ge=0)]


class Variant(Table):
    """A model of the study; no epochs: its weights stay as they are."""

    architecture: str
    weights: Literal["random", "pretrained"]
    tokenizer: str
    epochs: Annotated[int, Field(ge=0)]


class Training(Table):
    """How models are trained."""

    batch_size: Count
    micro_batch_size: Count
    peak_learning_rate: NotNegative
    warmup_ratio: Share
    weight_decay: NotNegative
    precision: Literal["float32", "bfloat16", "float16"]


class Overlap(Table):
    """How cases are compared with the training corpus."""

    ngram_length: Count


class BrainBench(Table):
    """How models are asked."""

    protocol: Literal["corrected", "faithful"]
    prompt: str
    contexts: Annotated[list[Literal["full", "isolated", "swapped"]], Field(min_length=1)]
    authors: Annotated[list[Literal["human", "machine"]], Field(min_length=1)]
    precision: Literal["float32", "bfloat16", "float16"]


class Statistics(Table):
    """What results are held against."""

    margin: Annotated[float, Field(gt=0, lt=0.5)]


class TermTagging(Table):
    """How terms of the field are told from others."""

    tagger: Literal["keyness"]
    threshold: NotNegative
    min_ratio: NotNegative


class Resources(Table):
    """What a stage asks of a Kubernetes node; no part of what decides its result.

    Attributes:
        cpu: Cores that are kept for it; more are used where they are idle.
        memory: In GiB, as Kubernetes writes it; what exceeds it ends the pod.
        storage: On the node's disk, in GiB.
        hours: After which an attempt is ended.
    """

    cpu: Count
    memory: Size
    storage: Size
    hours: Count


class Params(Table):
    """All of `params.yaml`."""

    seed: Annotated[int, Field(ge=0)]
    context_length: Annotated[int, Field(ge=2)]
    separator: Literal["none", "end-of-text"]
    tokenizers: dict[str, Tokenizer]
    architectures: dict[str, Architecture]
    pretraining: dict[str, Pretraining]
    variants: dict[str, Variant]
    training: Training
    brainbench: BrainBench
    statistics: Statistics
    overlap: Overlap
    term_tagging: TermTagging
    resources: dict[str, Resources]


def read_params(file: Path) -> Params:
    """The study that a file describes.

    Args:
        file: YAML 1.2 in UTF-8.

    Raises:
        InputError: The file is missing or no YAML, or a key is missing, unknown, of another type
            or range, or names a tokenizer or an architecture that there is not.
    """
    if not file.is_file():
        raise InputError(f"not found: {file}")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: byte {error.start + 1} of {file}") from None
    return parse_params(text, where=str(file))


def parse_params(text: str, *, where: str) -> Params:
    """The study that a text describes.

    Args:
        text: YAML 1.2.
        where: What errors call it.

    Raises:
        InputError: As `read_params`, of the text.
    """
    try:
        params = Params.model_validate(YAML(typ="safe", pure=True).load(text))
    except YAMLError as error:
        raise InputError(f"not YAML ({_yaml_problem(error)}): {where}") from None
    except ValidationError as error:
        found = sorted(error.errors(), key=lambda each: _today(each) is None)  # renamed first
        raise InputError(_first_line(list(map(_line, found)), where)) from None
    if problems := list(_unknown_names(params)):
        raise InputError(_first_line(problems, where))
    return params


def task_name(title: str) -> str:
    """The name on Kubernetes of the task with a title: train-gpt2-neuro of `train gpt2-neuro`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _yaml_problem(error: YAMLError) -> str:
    if isinstance(error, MarkedYAMLError) and error.problem_mark:
        return f"{error.problem}, line {error.problem_mark.line + 1}"
    return str(error).splitlines()[0]


def _unknown_names(params: Params) -> Iterator[str]:
    """Rows that name what other tables do not hold, or join what does not fit."""
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
    if name := _today(error):
        return f"{key}: unknown key, its name is {name} now"
    if error["type"] == "missing":
        return f"{key}: missing"
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key, expected {_accepted(error['loc'])}"
    if error["type"] == "string_pattern_mismatch":
        return f"{key}: found {error['input']!r}, expected a size in GiB, 4Gi say"
    expected = error["msg"].removeprefix("Input should be ")
    return f"{key}: found {error['input']!r}, expected {expected}"


def _today(error: ErrorDetails) -> str | None:
    """Today's name of a key that was renamed."""
    unknown = error["type"] == "extra_forbidden" and len(error["loc"]) > 1
    return RENAMED.get(str(error["loc"][-1])) if unknown else None


def _accepted(place: tuple[int | str, ...]) -> str:
    """The keys accepted beside an unknown one."""
    table: Any = Params
    if len(place) > 1:
        kind = Params.model_fields[str(place[0])].annotation
        table = get_args(kind)[-1] if get_args(kind) else kind
    return "one of " + ", ".join(table.model_fields)


def _first_line(problems: list[str], where: str) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{where}: {problems[0]}{more}"
