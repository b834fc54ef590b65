"""Validates a study before anything runs, and says what its models cost."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from components.formats.cases import read_benchmark
from components.formats.json_file import read_text
from components.runtime.errors import InputError
from components.term_tagging.published import check_answers
from pipelines.dvc.remote import default_remote, read_address
from pipelines.study.params import GENERAL_TOKENS, Params, Pretraining, Variant
from pipelines.study.validation import read_study


def validate(
    *,
    params: Path = Path("params.yaml"),
    definition: Path = Path("dvc.yaml"),
    data: Path = Path("data.dvc"),
) -> None:
    """Validates the study: its parameters, the stages of dvc.yaml, and what DVC makes of both.

    Prints what each variant costs in tokens and optimizer steps, as far as token sets are made.

    Args:
        params: File with the study's parameters.
        definition: File dvc.yaml with the stages, beside components/.
        data: File data.dvc, which names the data.

    Raises:
        InputError: The parameters are invalid or dvc.yaml does not fit them, an option keeps a
            stage's results out of the store, a stage reads what nothing makes, names of two stages
            become one, the default DVC remote's URL is one that S3 or DVC would not take; or, where
            there is data, a part or the tagger's published tags are missing, or an abstract is too
            long for the models.
    """
    if definition.name != "dvc.yaml":
        raise InputError(f"--definition: found {definition}, expected a file named dvc.yaml")
    study = read_study(params, definition=definition)
    from pipelines.dvc.graph import read_graph

    nodes = read_graph(definition.parent, params=read_text(params), data=read_text(data))
    if (definition.parent / "data").is_dir():  # they may be elsewhere
        _check_data(((node.stage, part) for node in nodes for part in node.data), definition.parent)
        _check_lengths(study, definition.parent / "data" / "brainbench")
        if study.term_tagging.tagger == "published":
            check_answers(definition.parent / "data" / "corpus" / "tags")
    if (url := default_remote(definition.parent) or "").lower().startswith("s3:"):
        read_address(url)
    print(f"{params}: {study.counted_variants}\n")
    header = ("variant", "training tokens", "optimizer steps")
    print(table([header, *costs(study, tokens=definition.parent / "artifacts" / "tokens")]))


def _check_data(read: Iterable[tuple[str, str]], root: Path) -> None:
    """Refuses a part of the data that a stage reads and that is not there, by stage and path."""
    for stage, part in read:
        if not (root / part).exists():
            raise InputError(
                f"no {root / part}, which {stage} reads: docs/studies.md lists the parts of a"
                " field's data; `dvc pull data.dvc` gets those that are in the store"
            )


def _check_lengths(study: Params, benchmark: Path) -> None:
    """Refuses abstracts of more words and marks, each a token at least, than models will see."""
    variants = study.variants.values()
    if not any(
        each.weights == "random" and each.architecture in study.architectures for each in variants
    ):
        return  # published weights, and some configurations, see more
    from tokenizers.pre_tokenizers import ByteLevel

    pieces = ByteLevel(add_prefix_space=False)
    for author, cases in read_benchmark(benchmark, authors=study.brainbench.authors).items():
        for number, case in enumerate(cases, start=1):
            least = len(pieces.pre_tokenize_str(case.original))
            if least > study.context_length:
                raise InputError(
                    f"{benchmark / author}.csv: case {number} has at least {least:,} tokens:"
                    f" expected at most {study.context_length:,}, the study's context_length"
                )


def costs(study: Params, *, tokens: Path) -> Iterator[tuple[str, str, str]]:
    """Name, training tokens and optimizer steps of each variant and pretraining, in words.

    Args:
        study: The parameters.
        tokens: Folder of the token sets; what they amount to is known once they are made.

    Raises:
        InputError: A token set is damaged.
    """
    from components.training.recipe import Recipe

    rows: list[tuple[str, str, Pretraining | Variant]] = [
        *((f"pretraining {name}", GENERAL_TOKENS, row) for name, row in study.pretraining.items()),
        *((name, row.tokenizer, row) for name, row in study.variants.items()),
    ]
    for name, token_set, row in rows:
        num_sequences = _num_sequences(tokens / token_set, context_length=study.context_length)
        if not row.epochs:
            yield name, "0", "0"
        elif num_sequences is None:
            yield name, f"{row.epochs} x tokens of {token_set}, not made yet", "?"
        else:
            recipe = Recipe(epochs=row.epochs, seed=study.seed, **dict(row.recipe))
            num_tokens = row.epochs * num_sequences * study.context_length
            num_steps = row.epochs * recipe.steps_per_epoch(num_sequences)
            yield name, f"{num_tokens:,}", f"{num_steps:,}"


def _num_sequences(folder: Path, *, context_length: int) -> int | None:
    """Training sequences of a token set; None before it is made with this context length."""
    if not folder.is_dir():
        return None
    from components.formats.tokens import read_tokens

    sequences = read_tokens(folder).train.sequences
    return len(sequences) if sequences.shape[1] == context_length else None


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
