"""The initialization stage."""

from pathlib import Path

from components.runtime.atomic import written_folder
from components.runtime.errors import InputError


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
        InputError: A size is not positive, the heads do not divide the hidden size, the dropout is
            out of range, or the initializer range is not positive.
    """
    sizes = {
        "num_layers": num_layers,
        "num_heads": num_heads,
        "hidden_size": hidden_size,
        "context_length": context_length,
        "vocabulary_size": vocabulary_size,
    }
    for name, size in sizes.items():
        if size < 1:
            raise InputError(f"{name} {size}: expected at least 1")
    if hidden_size % num_heads:
        raise InputError(f"num_heads {num_heads}: expected to divide the hidden size {hidden_size}")
    if not 0 <= dropout < 1:
        raise InputError(f"dropout {dropout}: expected at least 0 and less than 1")
    if initializer_range <= 0:
        raise InputError(f"initializer_range {initializer_range}: expected more than 0")
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
