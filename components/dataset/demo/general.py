"""The general corpus: everyday English that never mentions the made-up field.

It shares the papers' ordinary words, those for more and less among them, so that a model which
has read it knows the language but none of the facts.
"""

from collections.abc import Iterator
from string import Formatter

from components.dataset.demo.draws import Draws
from components.dataset.demo.wording import NUMBERS, OUTCOMES, TEMPLATES

COMPARISONS = {**OUTCOMES, **TEMPLATES["comparisons"]}


def general_texts(number: int, *, draws: Draws) -> Iterator[str]:
    """Short everyday texts, one at a time, all different.

    Args:
        number: How many.
        draws: Decides on topics, sentences and words.

    Yields:
        A text of about 60 to 130 words.
    """
    seen: set[str] = set()
    while len(seen) < number:
        text = _text(draws)
        if text not in seen:
            seen.add(text)
            yield text


def _text(draws: Draws) -> str:
    topic = draws.choice(TEMPLATES["topics"])
    middle = draws.sample(topic["middles"], draws.integer(5, 8))
    sentences = [draws.choice(topic["openings"]), *middle, draws.choice(topic["closings"])]
    return " ".join(_filled(sentence, draws=draws) for sentence in sentences)


def _filled(template: str, *, draws: Draws) -> str:
    """The template with a word drawn for each of its slots."""
    parts: list[str] = []
    for literal, slot, _, _ in Formatter().parse(template):
        parts.append(literal)
        if not slot:
            continue
        if slot in COMPARISONS:
            parts.append(draws.choice(draws.choice(COMPARISONS[slot])))
        elif slot in NUMBERS:
            parts.append(str(draws.choice(NUMBERS[slot])))
        else:
            parts.append(draws.choice(TEMPLATES["words"][slot]))
    return "".join(parts)
