"""The schema of `params.yaml`: the parameters of a study."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from components.formats.json_file import parse_yaml, read_text
from components.formats.params import LOCAL_ENDPOINT, Margin, Seed, check_language_models
from components.runtime.errors import InputError
from pipelines.study.names import Folder, Line, Name

Vocabulary = Annotated[int, Field(ge=257)]  # 256 bytes and the end of a text
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Size = Annotated[str, Field(pattern="^[1-9][0-9]{0,5}Gi$")]
GENERAL = "pretrained"  # the tokenizer of the general corpus
GENERAL_TOKENS = "general"  # the general corpus' token set
RENAMED = {  # current key by former key
    "width": "hidden_size",
    "rows_at_once": "micro_batch_size",
    "learning_rate": "peak_learning_rate",
    "warmup_share": "warmup_ratio",
    "smallest_ratio": "min_ratio",
    "training": "recipes",
}


def _distinct(values: list[str]) -> list[str]:
    if not values or len(set(values)) < len(values):
        raise ValueError("one at least, and each only once")
    return values


def _with_full(values: list[str]) -> list[str]:
    """Checks contexts: statistics needs whole abstracts."""
    if "full" not in values:
        raise ValueError("'full' among them")
    return _distinct(values)


class Table(BaseModel):
    """A table of `params.yaml`. Unknown keys and values of other types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Tokenizer(Table):
    """A tokenizer: trained on a corpus, or an existing one that is copied."""

    source: Folder  # of the corpus, or of the existing tokenizer
    vocabulary_size: Vocabulary
    separator: Literal["none", "end-of-text", "yen"]  # components/tokenization explains it


class Architecture(Table):
    """A GPT-2 architecture by its sizes; components/initialization checks the numbers."""

    num_layers: int
    num_heads: int
    hidden_size: int
    dropout: float
    initializer_range: float
    vocabulary_size: Vocabulary


class Configuration(Table):
    """An architecture by the config.json of a causal language model that transformers knows."""

    config: Folder
    vocabulary_size: Vocabulary  # instead of the configuration's


class TrainingRecipe(Table):
    """Hyperparameters of a training; its --help explains, components/training/recipe.py checks."""

    optimizer: Literal["adamw", "muon"]
    batch_size: int
    micro_batch_size: int
    peak_learning_rate: float
    warmup_ratio: float
    schedule: Literal["cosine", "linear"]
    weight_decay: float
    decayed: Literal["matrices", "matrices-and-norms"]
    adam_beta2: float
    adam_epsilon: float
    attention: Literal["sequence", "document"]
    precision: Literal["float32", "bfloat16", "float16"]
    keep: Literal["last", "best"]


class Pretraining(Table):
    """Pretraining of an architecture on the general corpus; 0 epochs copy the weights."""

    weights: Folder
    epochs: int
    recipe: TrainingRecipe


class Variant(Table):
    """A model of the study; 0 epochs copy its initial weights."""

    architecture: str
    weights: Literal["random", "pretrained"]
    tokenizer: str
    epochs: int
    recipe: TrainingRecipe


class Overlap(Table):
    """Overlap of cases with the training corpus."""

    ngram_length: Annotated[int, Field(ge=1, le=10_000)]  # in words


class BrainBench(Table):
    """Scoring configuration of the benchmark."""

    protocol: Literal["corrected", "faithful"]
    prompt: Line
    contexts: Annotated[list[Literal["full", "isolated", "swapped"]], AfterValidator(_with_full)]
    authors: Annotated[list[Literal["human", "machine"]], AfterValidator(_distinct)]
    precision: Literal["float32", "bfloat16", "float16"]


class Statistics(Table):
    """Parameters of the statistical tests."""

    margin: Margin  # of equivalence, a difference in accuracy


class TermTagging(Table):
    """Parameters of the term tagger; the last four, of language-model, may be missing."""

    tagger: Literal["keyness", "published", "language-model"]
    threshold: NotNegative
    min_ratio: NotNegative
    endpoint: Line = LOCAL_ENDPOINT
    model: Line = ""
    profile: Literal["batched", "published"] = "batched"
    terms_per_call: Annotated[int, Field(ge=1, le=500)] = 40


class Resources(Table):
    """Resources of a stage's pod on Kubernetes; they do not affect its result."""

    cpu: Annotated[int, Field(ge=1, le=1000)]  # requested cores; there is no limit
    memory: Size  # request and limit
    storage: Size  # limit of its disk space
    hours: Annotated[int, Field(ge=1, le=90 * 24)]  # of an attempt; a run ends after 90 days


class Params(Table):
    """The parameters of a study."""

    seed: Seed
    context_length: Annotated[int, Field(ge=2)]
    tokenizers: dict[Name, Tokenizer]
    architectures: dict[Name, Architecture]
    configurations: dict[Name, Configuration]
    recipes: dict[Name, TrainingRecipe]
    pretraining: dict[Name, Pretraining]
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]
    brainbench: BrainBench
    statistics: Statistics
    overlap: Overlap
    term_tagging: TermTagging
    language_models: dict[str, dict[str, Any]] = {}
    resources: dict[str, Resources]

    @property
    def counted_variants(self) -> str:
        """How many variants there are, with the noun."""
        return f"{len(self.variants)} variant{'s' if len(self.variants) > 1 else ''}"


def read_params(file: Path) -> Params:
    """The parameters in a file: YAML 1.2 in UTF-8.

    Raises:
        InputError: The file is missing or not YAML; a key is missing or unknown; a value has the
            wrong type, is out of range, or names an undefined tokenizer or architecture.
    """
    return parse_params(read_text(file), where=str(file))


def read_resources(file: Path, *, stage: str) -> Resources:
    """The row of a stage, training@gpt2-neuro say, from parameters that were validated before."""
    rows = parse_yaml(read_text(file), where=str(file))["resources"]
    return Resources.model_validate(rows[stage.partition("@")[0]])


def parse_params(text: str, *, where: str) -> Params:
    """The parameters in a text; `where` is its name in errors, which are those of `read_params`."""
    try:
        params = Params.model_validate(parse_yaml(text, where=where))
    except ValidationError as error:
        # Renamed keys first.
        found = sorted(error.errors(), key=lambda each: _current_name(each) is None)
        raise InputError(_first_line(list(map(_line, found)), where)) from None
    if problems := [*_unknown_names(params), *_out_of_range(params)]:
        raise InputError(_first_line(problems, where))
    return params


def _unknown_names(params: Params) -> Iterator[str]:
    """Rows that name undefined rows of other tables, or whose vocabulary sizes differ."""
    if GENERAL not in params.tokenizers:
        yield f"tokenizers.{GENERAL}: missing, expected the tokenizer of the general corpus"
    known = {**params.architectures, **params.configurations}
    for name in params.architectures.keys() & params.configurations.keys():
        yield f"configurations.{name}: found a row of architectures too, expected another name"
    for name in params.pretraining:
        if name not in known:
            yield _unknown(f"pretraining.{name}", name, known)
        elif GENERAL in params.tokenizers:
            yield from _other_size(f"pretraining.{name}", params, name, tokenizer=GENERAL)
    for name, variant in params.variants.items():
        key = f"variants.{name}"
        if variant.architecture not in known:
            yield _unknown(f"{key}.architecture", variant.architecture, known)
        elif variant.tokenizer not in params.tokenizers:
            yield _unknown(f"{key}.tokenizer", variant.tokenizer, params.tokenizers)
        elif variant.weights == "pretrained" and variant.architecture not in params.pretraining:
            yield _unknown(f"{key}.architecture", variant.architecture, params.pretraining)
        else:
            yield from _other_size(key, params, variant.architecture, tokenizer=variant.tokenizer)
    for key, row, name in _trained(params):
        separator = params.tokenizers[name].separator if name in params.tokenizers else None
        if row.recipe.attention == "document" and separator not in ("end-of-text", None):
            yield f"{key}: attention document with separator {separator}: expected end-of-text"


def _trained(params: Params) -> Iterator[tuple[str, Pretraining | Variant, str]]:
    """Key, row and tokenizer of each row that is trained."""
    for name, pretraining in params.pretraining.items():
        yield f"pretraining.{name}", pretraining, GENERAL
    for name, variant in params.variants.items():
        yield f"variants.{name}", variant, variant.tokenizer


def _other_size(key: str, params: Params, architecture: str, *, tokenizer: str) -> Iterator[str]:
    table = params.architectures if architecture in params.architectures else params.configurations
    size = table[architecture].vocabulary_size
    cut = params.tokenizers[tokenizer].vocabulary_size
    if size != cut:
        yield f"{key}: found a tokenizer of {cut} tokens, expected the model's {size}"


def _out_of_range(params: Params) -> Iterator[str]:
    """Numbers that a stage would refuse, by the stages' own checks."""
    from components.brainbench.protocol import make_protocol
    from components.initialization.stage import check_architecture
    from components.training.recipe import Recipe

    for name, architecture in params.architectures.items():
        sizes = {**dict(architecture), "context_length": params.context_length}
        yield from _refused(f"architectures.{name}: ", check_architecture, **sizes)
    rows = [(f"recipes.{name}", 0, recipe) for name, recipe in params.recipes.items()]
    rows += [(key, row.epochs, row.recipe) for key, row, _ in _trained(params)]
    for key, epochs, recipe in rows:
        yield from _refused(f"{key}: ", Recipe, epochs=epochs, seed=0, **dict(recipe))
    scoring = params.brainbench
    tagging = params.term_tagging
    if tagging.tagger == "language-model" and not tagging.model:
        yield "term_tagging.model: missing, expected the model's name at the endpoint"
    if "@" in tagging.endpoint:
        yield "term_tagging.endpoint: found credentials, expected them in the environment only"
    yield from _refused("", check_language_models, params.language_models, where="params.yaml")
    yield from _refused("brainbench: ", make_protocol, scoring.protocol, prompt=scoring.prompt)


def _refused(key: str, check: Callable[..., object], *values: Any, **named: Any) -> Iterator[str]:  # noqa: ANN401
    """What a check says of some values, if it refuses them."""
    try:
        check(*values, **named)
    except InputError as error:
        yield f"{key}{error}"


def _unknown(key: str, found: str, table: dict[str, Any]) -> str:
    return f"{key}: found '{found}', expected one of {', '.join(sorted(table))}"


def _line(error: ErrorDetails) -> str:
    key = ".".join(map(str, error["loc"])).removesuffix(".[key]") or "the file"
    if name := _current_name(error):
        return f"{key}: unknown key, its name is {name} now"
    if error["type"] == "missing":
        return f"{key}: missing"
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key, expected {_accepted(error['loc'])}"
    if error["type"] == "string_pattern_mismatch":
        return f"{key}: found {error['input']!r}, expected a size in GiB, 4Gi say"
    expected = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
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
    # Keys and values are as they were found; a line break in one is no end of this line.
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", f"{where}: {problems[0]}{more}")
