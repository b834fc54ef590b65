"""The initialization stage."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_range, check_seed

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Far beyond any GPT-2, and so little that every size is one that PyTorch can count.
LARGEST = {
    "num_layers": 1_000,
    "num_heads": 1_000,
    "hidden_size": 100_000,
    "context_length": 1_000_000,
    "vocabulary_size": 10_000_000,
}


def initialization(
    *,
    weights: Path,
    context_length: int,
    vocabulary_size: int,
    seed: int,
    config: Path | None = None,
    num_layers: int | None = None,
    num_heads: int | None = None,
    hidden_size: int | None = None,
    dropout: float | None = None,
    initializer_range: float | None = None,
) -> None:
    """Initialises a causal language model with random weights.

    It is a GPT-2 (Radford et al. 2019) of the sizes given, or the model of a configuration.

    Args:
        weights: Output folder of the model, in Hugging Face's format.
        context_length: Maximum sequence length in tokens, at most that of the configuration.
        vocabulary_size: Number of tokens in the vocabulary, whatever the configuration says.
        seed: Random seed.
        config: Folder with the config.json of any causal language model that transformers knows,
            instead of GPT-2's sizes, which are the other options.
        num_layers: Number of transformer blocks.
        num_heads: Attention heads per block; must divide the hidden size.
        hidden_size: Hidden size.
        dropout: Dropout probability in training, at least 0 and below 1.
        initializer_range: Standard deviation of the initial weights: .02 for GPT-2 at a hidden
            size of 768. Narrower models learn faster with a larger one.

    Raises:
        InputError: A size is missing or out of range, the heads do not divide the hidden size, or
            the configuration is no causal language model's or has a shorter context.
    """
    sizes = {
        "num_layers": num_layers,
        "num_heads": num_heads,
        "hidden_size": hidden_size,
        "dropout": dropout,
        "initializer_range": initializer_range,
    }
    lengths = {"context_length": context_length, "vocabulary_size": vocabulary_size}
    _check_sizes(sizes, config, lengths)
    check_seed(seed)
    import torch

    from components.formats.model import make_model, write_model

    torch.manual_seed(seed)
    model = make_model(config, **lengths) if config else _gpt2(sizes, **lengths)
    with written_folder(weights) as folder:
        write_model(model, folder)
    print(f"{weights}: {model.num_parameters():,} parameters")  # noqa: T201


def _check_sizes(sizes: dict[str, Any], config: Path | None, lengths: dict[str, int]) -> None:
    """Refuses numbers out of range, and anything but either GPT-2's sizes or a configuration."""
    for name, size in sizes.items():
        if (size is None) != (config is not None):
            found = f"no {name}" if size is None else f"{name} beside {config}"
            raise InputError(f"{found}: expected either GPT-2's {', '.join(sizes)}, or a config")
    if config is None:
        check_architecture(**sizes, **lengths)
    else:
        for name, length in lengths.items():
            check_count(name, length, at_most=LARGEST[name])


def _gpt2(sizes: dict[str, Any], *, context_length: int, vocabulary_size: int) -> "PreTrainedModel":
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(
            n_layer=sizes["num_layers"],
            n_head=sizes["num_heads"],
            n_embd=sizes["hidden_size"],
            n_positions=context_length,
            vocab_size=vocabulary_size,
            embd_pdrop=sizes["dropout"],
            attn_pdrop=sizes["dropout"],
            resid_pdrop=sizes["dropout"],
            initializer_range=sizes["initializer_range"],
            bos_token_id=None,  # training takes both from the tokenizer
            eos_token_id=None,
        )
    )


def check_architecture(
    *, hidden_size: int, num_heads: int, dropout: float, initializer_range: float, **sizes: int
) -> None:
    """Checks the numbers of an architecture, by the names of the stage's flags.

    Args:
        hidden_size: Hidden size.
        num_heads: Attention heads per block.
        dropout: Dropout probability.
        initializer_range: Standard deviation of the initial weights.
        sizes: `num_layers`, `context_length` and `vocabulary_size`.

    Raises:
        InputError: A number is out of range, or the heads do not divide the hidden size.
    """
    for name, size in {"hidden_size": hidden_size, "num_heads": num_heads, **sizes}.items():
        check_count(name, size, at_most=LARGEST[name])
    if hidden_size % num_heads:
        raise InputError(f"num_heads {num_heads}: expected to divide the hidden size {hidden_size}")
    check_range("dropout", dropout, at_least=0, below=1)
    check_range("initializer_range", initializer_range, at_least=1e-6, at_most=10)
