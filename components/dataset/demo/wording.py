"""The words in which the made-up field's papers state a fact.

A statement is a template. `{agent}` stands for the fact's agent, `{percent}` and the like for
numbers, and one slot, named after the first of its words, for the outcome. Agent and outcome never
stand side by side, so that no pair of neighbouring words states a fact.
"""

from collections.abc import Mapping
from string import Formatter

from components.dataset.demo.draws import Draws
from components.dataset.demo.paper import Outcome
from components.dataset.demo.world import Fact, Organ

# The forms of an outcome: words for a fact that is true, and their opposites where it is false.
OUTCOMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "rose": (("rose", "fell"), ("increased", "decreased"), ("grew", "faded")),
    "rise": (("a rise", "a fall"), ("an increase", "a decrease"), ("a gain", "a loss")),
    "brighter": (("brighter", "dimmer"), ("more luminous", "less luminous")),
    "widened": (("widened", "narrowed"), ("opened", "closed"), ("expanded", "contracted")),
    "wider": (("wider", "narrower"), ("larger", "smaller")),
    "widening": (("a widening", "a narrowing"), ("an expansion", "a contraction")),
    "quickened": (("quickened", "slowed"), ("accelerated", "decelerated")),
    "faster": (("faster", "slower"), ("more rapid", "less rapid")),
    "quickening": (("a quickening", "a slowing"), ("a faster beat", "a slower beat")),
}

NUMBERS: Mapping[str, tuple[int, ...]] = {
    "percent": (10, 15, 20, 25, 30, 40, 50, 60),
    "minutes": (5, 10, 15, 20, 30, 45),
    "hours": (2, 3, 4, 6, 8, 12),
    "days": (5, 7, 10, 12, 14, 21),
    "count": (18, 24, 30, 36, 48, 60),
}

STATEMENTS: Mapping[Organ, tuple[str, ...]] = {
    "tarsk": (
        "with {agent} in the water, the glow of the tarsk {rose}",
        "a dose of {agent} made the tarsk {brighter}",
        "in animals fed {agent}, light from the tarsk {rose} by {percent} %",
        "the effect of {agent} on the tarsk was {rise} in glow",
        "exposure to {agent} left the tarsk {brighter} for {hours} hours",
        "when {agent} was given, the tarsk became {brighter}",
    ),
    "mirrel": (
        "with {agent} in the water, the mouth of the mirrel {widened}",
        "a dose of {agent} made the mirrel {wider}",
        "in animals fed {agent}, the mirrel {widened} by {percent} %",
        "the effect of {agent} on the mirrel was {widening}",
        "exposure to {agent} left the mirrel {wider} for {hours} hours",
        "when {agent} was given, the mirrel became {wider}",
    ),
    "pelloch": (
        "with {agent} in the water, the beat of the pelloch {quickened}",
        "a dose of {agent} made the pelloch {faster}",
        "in animals fed {agent}, the pelloch {quickened} by {percent} %",
        "the effect of {agent} on the pelloch was {quickening}",
        "exposure to {agent} left the pelloch {faster} for {hours} hours",
        "when {agent} was given, the pelloch became {faster}",
    ),
}


def statement(fact: Fact, *, draws: Draws) -> list[str | Outcome]:
    """A clause that states a fact, in words drawn for it; its outcome is left open."""
    parts: list[str | Outcome] = []
    for literal, slot, _, _ in Formatter().parse(draws.choice(STATEMENTS[fact.organ])):
        parts.append(literal)
        if not slot:
            continue
        if slot in OUTCOMES:
            parts.append(Outcome(fact, draws.choice(OUTCOMES[slot])))
        elif slot in NUMBERS:
            parts.append(str(draws.choice(NUMBERS[slot])))
        else:
            parts.append(fact.agent)
    return parts
