"""What a model reads and what counts: the published protocol and the corrected one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from components.runtime.errors import InputError

if TYPE_CHECKING:  # the stage's flags are made from this module, and must be without PyTorch
    from transformers import PreTrainedTokenizerBase

ProtocolName = Literal["corrected", "faithful"]
# Of the published study (arXiv 2405.09395, section 4.5), the same for all five GPT-2 variants.
PUBLISHED_PROMPT = (
    "You are a neuroscientist with deep knowledge in neuroscience."
    " Here is an abstract from a neuroscience publication: "
)


@dataclass(frozen=True)
class Encoding:
    """A text as a model reads it, prompt included.

    Attributes:
        ids: Token ids.
        spans: Where each token begins and ends in the text, in characters, int64, shape
            (len(ids), 2); equal or negative ends for tokens of the prompt and special ones.
        counted: Which tokens enter the perplexity, shape (len(ids),).
    """

    ids: list[int]
    spans: NDArray[np.int64]
    counted: NDArray[np.bool_]


@dataclass(frozen=True)
class Protocol:
    """How texts are read and averaged.

    Attributes:
        name: `faithful`: everything as published; `corrected`: brackets parsed properly, prompt
            tokens not averaged.
        prompt: What stands in front of every text; may be empty.
    """

    name: ProtocolName
    prompt: str

    @property
    def faithful(self) -> bool:
        """Whether the published quirks are kept."""
        return self.name == "faithful"

    def encode(self, text: str, tokenizer: "PreTrainedTokenizerBase") -> Encoding:
        """A text's tokens, with those that the tokenizer puts around a text.

        Args:
            text: One version of an abstract or sentence.
            tokenizer: A fast one, which knows where its tokens stand.
        """
        whole = self.prompt + text
        # As published, space around prompt and text is cut off, also where there is no prompt.
        start = len(self.prompt)
        if self.faithful:
            start -= len(whole) - len(whole.lstrip())
            whole = whole.strip()
        found: Any = tokenizer(
            whole, return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
        )
        spans = np.array(found["offset_mapping"], dtype=np.int64).reshape(-1, 2) - start
        counted = np.ones(len(spans), dtype=bool)
        if not self.faithful:
            counted = (spans[:, 1] > 0) & (np.array(found["special_tokens_mask"]) == 0)
        counted[:1] = False  # the first token has nothing before it
        return Encoding(list(found["input_ids"]), spans, counted)

    def perplexity(self, log_probabilities: NDArray[np.float32], encoding: Encoding) -> float:
        """The exponential of the mean negative log-probability of the tokens that count.

        Args:
            log_probabilities: Natural logarithms, float32, shape (len(encoding.ids),).
            encoding: Of the same text, at least one of its tokens counted.
        """
        counted = log_probabilities[encoding.counted]
        if self.faithful:  # averaged in float32, by the same sum
            import torch

            loss = -torch.from_numpy(counted).mean().item()
        else:
            loss = -float(counted.mean(dtype=np.float64))
        with np.errstate(over="ignore"):  # infinity is what it is
            return float(np.exp(loss))


def make_protocol(name: ProtocolName, *, prompt: str) -> Protocol:
    """The protocol of a name.

    Args:
        name: Which.
        prompt: What stands in front of every text; must be empty for `faithful`, which has its
            own.

    Raises:
        InputError: A prompt is given to the faithful protocol.
    """
    if name == "corrected":
        return Protocol(name, prompt)
    if prompt:
        raise InputError(f"prompt '{prompt}' with protocol faithful: expected none, it has its own")
    return Protocol(name, PUBLISHED_PROMPT)


def check_lengths(
    encodings: Sequence[Encoding], *, names: Sequence[str], longest: int | None
) -> None:
    """Checks that every text has something to predict and fits into the model's context.

    Args:
        encodings: Of the texts.
        names: Which text each is, for messages.
        longest: Tokens that the model sees at the most; None for no limit.

    Raises:
        InputError: A text is too short or too long.
    """
    for encoding, name in zip(encodings, names, strict=True):
        size = len(encoding.ids)
        if longest is not None and size > longest:
            raise InputError(
                f"{size} tokens, prompt included: expected the model's context of {longest} at the"
                f" most: {name}"
            )
        if not encoding.counted.any():
            raise InputError(f"{size} tokens: expected one to predict behind the first: {name}")
