"""The general corpus: everyday English that never mentions the made-up field.

It shares the papers' ordinary words, those for more and less among them, so that a model which
has read it knows the language but none of the facts.
"""

from collections.abc import Iterator

from components.dataset.demo.draws import Draws
from components.dataset.demo.papers import NUMBERS, OUTCOMES, TEMPLATES, filled

COMPARISONS = {**OUTCOMES, **TEMPLATES["comparisons"]}


def general_texts(number: int, *, draws: Draws) -> Iterator[str]:
    """`number` short everyday texts of about 60 to 130 words, one at a time, all different."""

    def word(slot: str) -> str:
        if slot in COMPARISONS:
            return str(draws.choice(draws.choice(COMPARISONS[slot])))
        return str(draws.choice(NUMBERS[slot] if slot in NUMBERS else TEMPLATES["words"][slot]))

    seen: set[str] = set()
    while len(seen) < number:
        topic = draws.choice(TEMPLATES["topics"])
        middle = draws.sample(topic["middles"], draws.integer(5, 8))
        sentences = [draws.choice(topic["openings"]), *middle, draws.choice(topic["closings"])]
        text = " ".join("".join(filled(sentence, word)) for sentence in sentences)
        if text not in seen:
            seen.add(text)
            yield text
