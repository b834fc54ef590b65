"""Terms: the words behind a vocabulary's tokens, by the published rule."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from components.formats.terms import Tag

SPACE = "Ġ"  # how byte-level BPE writes a leading space


def term(token: str) -> str:
    """The term behind a token: without its leading space, in lower case.

    The published rule (arXiv 2405.09395), which works on the byte alphabet's letters.
    """
    return token.replace(SPACE, "").lower()


def distinct_terms(vocabulary: Iterable[str]) -> list[str]:
    """The terms behind a vocabulary's tokens (as in tokenizer.json), each once, sorted."""
    return sorted({term(token) for token in vocabulary})


def taggable_terms(vocabulary: Iterable[str]) -> list[str]:
    """The terms with a letter from a to z; the published tagging has no others."""
    return [each for each in distinct_terms(vocabulary) if re.search("[a-z]", each)]


def term_texts(vocabulary: Iterable[str]) -> dict[str, str]:
    """What each term stands for, as text: `Aβ` for `aî²`, by term.

    A term in lower case is no text any more, since that changes letters that stand for bytes; the
    text is that of a token behind it, of one in lower case where there is one.
    """
    from tokenizers.decoders import ByteLevel

    alphabet = ByteLevel()
    found: dict[str, tuple[bool, str]] = {}
    for token in vocabulary:
        text = alphabet.decode([token]).strip()
        ranked = text != text.lower(), text
        found[term(token)] = min(ranked, found.get(term(token), ranked))
    return {name: text for name, (_, text) in found.items()}


def domain_term_share(vocabulary: Collection[str], tags: Mapping[str, Tag]) -> float:
    """Share of a vocabulary's tokens whose term is tagged as one of the field, 0 to 1."""
    return sum(tags.get(term(token)) == "yes" for token in vocabulary) / len(vocabulary)


def share_noise(vocabulary: Collection[str], *, rate: float) -> float:
    """Half-width of a 95 % interval of a vocabulary's share of terms that holds a tagger's noise.

    Each term's tag is wrong by chance, independently of others'; a tagger's bias is not in it.

    Args:
        vocabulary: Its tokens.
        rate: Share of tags that are wrong by chance: half of how often two tags of a term differ,
            where it is small.
    """
    weights = Counter(term(token) for token in vocabulary).values()
    variance = rate * (1 - rate) * sum(weight**2 for weight in weights)
    return 1.96 * math.sqrt(variance) / len(vocabulary)
