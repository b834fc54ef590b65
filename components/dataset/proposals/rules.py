"""Alterations by rules instead of a language model: a word of a result for its opposite."""

import random
import re

from components.dataset.proposals.results import WORDS, result_sentences
from components.dataset.proposals.validators import MOST_CHANGES

# A word's opposite has the word as its own: otherwise, one would be on the altered side more often.
EXCHANGE: dict[str, str] = {}
for _one, _other in (*WORDS["amounts"], *WORDS["opposites"]):
    if not {_one, _other} & EXCHANGE.keys():
        EXCHANGE |= {_one: _other, _other: _one}
# With the article in front, which may have to be another one; part of no compound.
WORD = re.compile(
    rf"(?P<article>\b[Aa]n? )?(?<![\w-])(?P<word>{'|'.join(EXCHANGE)})(?![\w-])", re.IGNORECASE
)
PERCENT = re.compile(r"(?<![\w.-])(?P<number>[1-9]\d?)(?=\s?%)")


def altered_by_rules(abstract: str, *, seed: int) -> str | None:
    """An abstract with one to three of its results the other way round.

    Words of `words.yaml` in sentences of results are exchanged for their opposites; where there is
    none, percentages are doubled, or halved above 50.

    Args:
        abstract: The abstract.
        seed: Which of its results, together with the text: the same in any file of abstracts.

    Returns:
        The altered abstract, None where no result can be altered so.
    """
    results = result_sentences(abstract)
    for pattern, other in ((WORD, _opposite), (PERCENT, _percentage)):
        places = [
            match for start, end in results for match in pattern.finditer(abstract, start, end)
        ]
        if places:
            draws = random.Random(f"{seed} {abstract}")
            chosen = draws.sample(places, draws.randint(1, min(MOST_CHANGES, len(places))))
            for match in sorted(chosen, key=re.Match.start, reverse=True):
                abstract = abstract[: match.start()] + other(match) + abstract[match.end() :]
            return abstract
    return None


def _opposite(match: re.Match[str]) -> str:
    word = match["word"]
    exchanged = EXCHANGE[word.lower()]
    if word[0].isupper():
        exchanged = exchanged.capitalize()
    if match["article"]:
        return f"{match['article'][0]}{'n' if exchanged[0] in 'aeiou' else ''} {exchanged}"
    return exchanged


def _percentage(match: re.Match[str]) -> str:
    number = int(match["number"])
    return str(number // 2 if number > 50 else 2 * number)
