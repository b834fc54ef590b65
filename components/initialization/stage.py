"""The initialization stage."""

from pathlib import Path

from components.runtime.atomic import written_folder
from components.runtime.errors import InputError


def initialization(
    *,
    weights: Path,
    num_layers: int,
    num_heads: int,
    width: int,
    context_length: int,
    vocabulary_size: int,
    dropout: float,
    initializer_range: float,
    seed: int,
) -> None:
    """Draws the random weights of a GPT-2 (Radford et al. 2019), as training from scratch starts.

    Args:
        weights: Where the model is written, in Hugging Face's format.
        num_layers: Transformer blocks.
        num_heads: Attention heads a block; they share the width evenly.
        width: Size of the vector that stands for a token.
        context_length: Tokens that the model sees at the most.
        vocabulary_size: Tokens in the vocabulary.
        dropout: Share of activations dropped in training, from 0 up to but not including 1.
        initializer_range: Standard deviation of the weights drawn; GPT-2 has .02 at a width of
            768, and narrower models learn sooner from more.
        seed: Seed of the draw.

    Raises:
        InputError: A size is not positive, the heads do not divide the width, the dropout is no
            share, or the initializer range is not positive.
    """
    sizes = {
        "num_layers": num_layers,
        "num_heads": num_heads,
        "width": width,
        "context_length": context_length,
        "vocabulary_size": vocabulary_size,
    }
    for name, size in sizes.items():
        if size < 1:
            raise InputError(f"{name} {size}: expected at least 1")
    if width % num_heads:
        raise InputError(f"num_heads {num_heads}: expected to divide the width {width}")
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
            n_embd=width,
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
