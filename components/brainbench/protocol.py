"""Prompt, counted tokens and their average: the published protocol and the corrected one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from components.formats.tokenizer import tokenizer_errors
from components.runtime.errors import InputError

if TYPE_CHECKING:  # the stage's flags are made from this module, and must be without PyTorch
    from tokenizers import Tokenizer

ProtocolName = Literal["corrected", "faithful"]
# Of the published study (arXiv 2405.09395, section 4.5), the same for all five GPT-2 variants.
PUBLISHED_PROMPT = (
    "You are a neuroscientist with deep knowledge in neuroscience."
    " Here is an abstract from a neuroscience publication: "
)


@dataclass(frozen=True)
class Encoding:
    """A text as a model reads it, including the prompt."""

    ids: list[int]  # of tokens
    # Start and end of each token in the text, in characters, int64, shape (len(ids), 2); equal or
    # negative ends for tokens of the prompt and special tokens
    spans: NDArray[np.int64]
    counted: NDArray[np.bool_]  # which tokens enter the perplexity, shape (len(ids),)


@dataclass(frozen=True)
class Protocol:
    """How texts are encoded and their perplexity is averaged."""

    # `faithful`: everything as published; `corrected`: brackets parsed properly, prompt tokens
    # excluded from the average
    name: ProtocolName
    prompt: str  # text in front of every scored text; may be empty

    @property
    def faithful(self) -> bool:
        """Whether the published quirks are reproduced."""
        return self.name == "faithful"

    def encode(self, text: str, tokenizer: "Tokenizer") -> Encoding:
        """A text's tokens, including the special tokens that the tokenizer adds."""
        whole = self.prompt + text
        # As published, space around prompt and text is stripped, even without a prompt.
        start = len(self.prompt)
        if self.faithful:
            start -= len(whole) - len(whole.lstrip())
            whole = whole.strip()
        with tokenizer_errors():
            found = tokenizer.encode(whole)
        spans = np.array(found.offsets, dtype=np.int64).reshape(-1, 2) - start
        counted = np.ones(len(spans), dtype=bool)
        if not self.faithful:
            counted = (spans[:, 1] > 0) & (np.array(found.special_tokens_mask) == 0)
        counted[:1] = False  # the first token is not predicted
        return Encoding(list(found.ids), spans, counted)

    def perplexity(self, log_probabilities: NDArray[np.float32], encoding: Encoding) -> float:
        """The exponential of the mean negative log-probability of the tokens that count.

        Args:
            log_probabilities: Natural logarithms, float32, shape (len(encoding.ids),).
            encoding: Of the same text, at least one of its tokens counted.
        """
        counted = log_probabilities[encoding.counted]
        if self.faithful:  # averaged in float32, as published
            import torch

            loss = -torch.from_numpy(counted).mean().item()
        else:
            loss = -float(counted.mean(dtype=np.float64))
        with np.errstate(over="ignore"):  # the caller refuses infinity
            return float(np.exp(loss))


def make_protocol(name: ProtocolName, *, prompt: str) -> Protocol:
    """The protocol with a name.

    Raises:
        InputError: A prompt is given to the faithful protocol, which has its own.
    """
    if name == "corrected":
        return Protocol(name, prompt)
    if prompt:
        raise InputError(f"prompt '{prompt}' with protocol faithful: expected none, it has its own")
    return Protocol(name, PUBLISHED_PROMPT)


def length_problem(encoding: Encoding, *, longest: int | None) -> str | None:
    """Why a text cannot be scored by a model whose context has `longest` tokens; None if it can."""
    size = len(encoding.ids)
    if longest is not None and size > longest:
        expected = f"expected the model's context of {longest} at the most"
        return f"{size} tokens, prompt included: {expected}"
    if not encoding.counted.any():
        return f"{size} tokens: expected one to predict behind the first"
    return None
