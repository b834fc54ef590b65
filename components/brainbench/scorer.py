"""A scorer: a model with its tokenizer and scoring protocol."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from components.brainbench import block_masked, plain
from components.brainbench.protocol import Encoding, Protocol, length_problem
from components.formats.model import context_length
from components.runtime.errors import InputError
from components.runtime.progress import Progress

Good = TypeVar("Good")


@dataclass(frozen=True)
class TextReading:
    """A model's reading of a text."""

    encoding: Encoding  # the text's tokens
    # Natural logarithm of each token's probability given those before it, float32, shape
    # (num_tokens,); NaN for the first
    log_probabilities: NDArray[np.float32]
    perplexity: float  # over the counted tokens


@dataclass(frozen=True)
class Scorer:
    """A model with its tokenizer and protocol."""

    model: PreTrainedModel  # causal language model in evaluation mode
    tokenizer: Tokenizer  # that it was trained with
    protocol: Protocol  # how texts are encoded and averaged
    tokens_at_once: int | None  # maximum tokens per forward pass; None for the device's default

    def read(
        self, texts: Sequence[str], *, names: Sequence[str], others: Sequence[str] = ()
    ) -> tuple[list[TextReading], list[TextReading | str]]:
        """Reads texts with the model.

        The faithful protocol reads one text at a time, which gives the published digits at any
        precision. The corrected one reads all together if the architecture allows it.

        Args:
            texts: At least one text.
            names: Names of the texts, for messages.
            others: Texts that need not be readable.

        Returns:
            The readings of the texts, and those of the others, or why there is none.

        Raises:
            InputError: A text is too short or exceeds the model's context, or its perplexity is NaN
                or infinite.
        """
        encodings = [self._encoding(text) for text in (*texts, *others)]
        _all_good(encodings[: len(texts)], names)
        found = iter(
            self._log_probabilities([each.ids for each in encodings if isinstance(each, Encoding)])
        )
        readings = [
            each if isinstance(each, str) else self._reading(each, next(found))
            for each in encodings
        ]
        return _all_good(readings[: len(texts)], names), readings[len(texts) :]

    def _encoding(self, text: str) -> Encoding | str:
        """The encoding of a text, or what is wrong with it."""
        try:
            encoding = self.protocol.encode(text, self.tokenizer)
        except InputError as error:
            return str(error)
        return length_problem(encoding, longest=context_length(self.model)) or encoding

    def _reading(
        self, encoding: Encoding, log_probabilities: NDArray[np.float32]
    ) -> TextReading | str:
        """The reading of a text, or what is wrong with it."""
        perplexity = self.protocol.perplexity(log_probabilities, encoding)
        if np.isfinite(perplexity):
            return TextReading(encoding, log_probabilities, perplexity)
        return (
            f"perplexity {perplexity}: expected a finite number; the weights are bad or need"
            f" another precision than {self.model.dtype}"
        )

    def _log_probabilities(self, texts: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        faithful = self.protocol.faithful
        together = not faithful and block_masked.takes_block_masks(
            self.model, texts, tokens_at_once=self.tokens_at_once
        )
        if not faithful and not together:
            kind = self.model.config.model_type
            print(f"{kind} accepts no block masks: scoring one text at a time", file=sys.stderr)  # noqa: T201
        with Progress("score", total=len(texts), unit="texts") as progress:
            if together:
                return block_masked.log_probabilities(
                    texts,
                    model=self.model,
                    tokens_at_once=self.tokens_at_once,
                    advance=progress.advance,
                )
            found = []
            for ids in texts:
                found.append(
                    plain.log_probabilities(ids, model=self.model, in_float32=not faithful)
                )
                progress.advance()
            return found


def _all_good(found: Sequence[Good | str], names: Sequence[str]) -> list[Good]:
    """What was found, if nothing is wrong with any of it."""
    good = []
    for each, name in zip(found, names, strict=True):
        if isinstance(each, str):
            raise InputError(f"{each}: {name}")
        good.append(each)
    return good
