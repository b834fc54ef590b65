"""N-grams: runs of consecutive words, by which texts are compared.

As Brown et al. 2020 (GPT-3, arXiv 2005.14165, appendix C) compare benchmarks with a corpus: 13
words at a time, without case, whitespace and punctuation. They drop the punctuation within a word;
here it separates words, so that "5-HT" and "5 HT" are alike.
"""

import re
from collections.abc import Sequence

Ngram = tuple[bytes, ...]

NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# By byte: letters in lower case, digits, and what begins or continues a character beyond ASCII.
FOLDED = bytes(
    byte if byte >= 128 else ord(chr(byte).lower() if chr(byte).isalnum() else " ")
    for byte in range(256)
)


def words(text: str) -> list[bytes]:
    r"""The words of a text: its longest runs of letters and digits of any script, case-folded.

    The same as `re.findall(r"[^\W_]+", text.casefold())` in less than half the time: a text has
    few different characters beyond ASCII, and bytes are translated and split at once.

    Returns:
        Words in UTF-8, in the order of the text.
    """
    if not text.isascii():
        for character in set(NOT_ASCII.findall(text)):
            folds = character.casefold()  # may be several, and not all of them letters
            folded = "".join(each if each.isalnum() else " " for each in folds)
            if folded != character:
                text = text.replace(character, folded)
    return text.encode().translate(FOLDED).split()


def ngrams(words: Sequence[bytes], *, length: int) -> list[Ngram]:
    """Every run of so many words, in the order of the text; of a shorter text, the whole.

    Args:
        words: Words of the text, at least one.
        length: Words per n-gram, at least 1.
    """
    length = min(length, len(words))
    return list(zip(*(words[start:] for start in range(length)), strict=False))
