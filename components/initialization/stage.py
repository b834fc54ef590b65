"""The initialization stage."""

from pathlib import Path

from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_range, check_seed

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
    num_layers: int,
    num_heads: int,
    hidden_size: int,
    context_length: int,
    vocabulary_size: int,
    dropout: float,
    initializer_range: float,
    seed: int,
) -> None:
    """Initialises a GPT-2 (Radford et al. 2019) with random weights.

    Args:
        weights: Output folder of the model, in Hugging Face's format.
        num_layers: Number of transformer blocks.
        num_heads: Attention heads per block; must divide the hidden size.
        hidden_size: Hidden size.
        context_length: Maximum sequence length in tokens.
        vocabulary_size: Number of tokens in the vocabulary.
        dropout: Dropout probability in training, at least 0 and below 1.
        initializer_range: Standard deviation of the initial weights: .02 for GPT-2 at a hidden
            size of 768. Narrower models learn faster with a larger one.
        seed: Random seed.

    Raises:
        InputError: A number is out of range, or the heads do not divide the hidden size.
    """
    check_architecture(
        num_layers=num_layers,
        num_heads=num_heads,
        hidden_size=hidden_size,
        dropout=dropout,
        initializer_range=initializer_range,
        vocabulary_size=vocabulary_size,
        context_length=context_length,
    )
    check_seed(seed)
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    from components.formats.model import write_model

    torch.manual_seed(seed)
    model = GPT2LMHeadModel(
        GPT2Config(
            n_layer=num_layers,
            n_head=num_heads,
            n_embd=hidden_size,
            n_positions=context_length,
            vocab_size=vocabulary_size,
            embd_pdrop=dropout,
            attn_pdrop=dropout,
            resid_pdrop=dropout,
            initializer_range=initializer_range,
            bos_token_id=None,  # training takes both from the tokenizer
            eos_token_id=None,
        )
    )
    with written_folder(weights) as folder:
        write_model(model, folder)
    print(f"{weights}: {model.num_parameters():,} parameters")  # noqa: T201


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
