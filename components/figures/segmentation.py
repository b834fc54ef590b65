"""Segmentation: the same abstract, cut into tokens by both tokenizers."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from components.formats.cases import Case
from components.runtime.errors import InputError

NUM_WORDS = 60  # of the abstract are shown: what fits a printed page's width in a dozen lines


@dataclass(frozen=True)
class Piece:
    """A token as a piece of its text."""

    # The characters it adds to those before it, leading space included; empty where it only goes on
    # with a character's bytes
    text: str
    splits: bool  # whether an end of it lies inside a word or a character


@dataclass(frozen=True)
class Segmentation:
    """One abstract, cut by several tokenizers."""

    case: Case  # the abstract's
    number: int  # its row among the cases, from 0
    excerpt: str  # the beginning that the pieces make up
    pieces: dict[str, tuple[Piece, ...]]  # of the excerpt in reading order, by tokenizer
    num_tokens: dict[str, int]  # of the whole abstract, by tokenizer
    typical: bool  # whether it was chosen by the ratio of the two counts


def segmentations(
    cases: Sequence[Case], numbers: Sequence[int], *, pretrained: Tokenizer, domain: Tokenizer
) -> list[Segmentation]:
    """Abstracts as two tokenizers cut them.

    Where no case is asked for, it is the one whose ratio of token counts is the median. The ratio
    is pretrained over domain, the median the lower one, and the first case with it is taken: a
    rule, so that nobody picks the case that shows most.

    Args:
        cases: At least one; their original abstracts are cut.
        numbers: Which to show, from 0.
        pretrained: One tokenizer.
        domain: The other.

    Raises:
        InputError: There is no case with a number.
    """
    tokenizers = {"pretrained": pretrained, "domain": domain}
    for each in numbers:
        if not 0 <= each < len(cases):
            raise InputError(f"no case {each + 1}: expected 1 to {len(cases)}")
    return [
        _segmentation(cases[each], each, tokenizers, typical=not numbers)
        for each in numbers or [_typical(cases, tokenizers)]
    ]


def _typical(cases: Sequence[Case], tokenizers: Mapping[str, Tokenizer]) -> int:
    """The first case whose ratio of token counts is the lower median."""
    texts = [case.original for case in cases]
    pretrained, domain = (_num_tokens(texts, each) for each in tokenizers.values())
    ratios = [a / b for a, b in zip(pretrained, domain, strict=True)]
    return ratios.index(sorted(ratios)[(len(ratios) - 1) // 2])


def _segmentation(
    case: Case, number: int, tokenizers: Mapping[str, Tokenizer], *, typical: bool
) -> Segmentation:
    excerpt = _first_words(case.original, NUM_WORDS)
    return Segmentation(
        case=case,
        number=number,
        excerpt=excerpt,
        pieces={
            name: cut(case.original, each, end=len(excerpt)) for name, each in tokenizers.items()
        },
        num_tokens={
            name: _num_tokens([case.original], each)[0] for name, each in tokenizers.items()
        },
        typical=typical,
    )


def cut(text: str, tokenizer: Tokenizer, *, end: int | None = None) -> tuple[Piece, ...]:
    """The tokens of a text as pieces of it, in reading order.

    Args:
        text: The text, cut as a whole.
        tokenizer: What cuts it; whether its offsets hold leading spaces makes no difference.
        end: Characters after which no further piece begins; None for all.
    """
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    ends = [0]
    for _, stop in offsets:
        ends.append(max(ends[-1], stop))
    pieces = []
    for index, (begin, stop) in enumerate(itertools.pairwise(ends)):
        if begin >= (len(text) if end is None else end):
            break
        following = offsets[index + 1][0] if index + 1 < len(offsets) else stop
        shared = offsets[index][0] < begin or following < stop  # bytes of one character
        splits = shared or _inside_word(text, begin) or _inside_word(text, stop)
        pieces.append(Piece(text[begin:stop], splits))
    return tuple(pieces)


def _num_tokens(texts: Sequence[str], tokenizer: Tokenizer) -> list[int]:
    return [len(each) for each in tokenizer.encode_batch(texts, add_special_tokens=False)]


def _first_words(text: str, count: int) -> str:
    words = list(re.finditer(r"\S+", text))
    return text[: words[:count][-1].end()]


def _inside_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()
