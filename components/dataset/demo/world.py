"""The made-up field's facts: what each agent does to three organs of an animal.

For each organ, half of the agents have one effect and half the other, so no word of a statement
but the agent's name determines the outcome.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from components.dataset.demo.draws import Draws

FIELD = "ondrology"
ANIMAL = "ondrel"
AGENTS = (
    "brelcin",
    "tovane",
    "quistol",
    "marnex",
    "dorphal",
    "yelvin",
    "pascor",
    "fenmide",
)
Organ = Literal["tarsk", "mirrel", "pelloch"]
ORGANS: tuple[Organ, ...] = get_args(Organ)
MADE_UP_WORDS = (FIELD, ANIMAL, *ORGANS, *AGENTS)


class Fact(NamedTuple):
    """A question about the world that has one of two answers."""

    organ: Organ  # what changes: the tarsk's glow, the mirrel's width or the pelloch's beat
    agent: str  # what changes it


FACTS = tuple(Fact(organ, agent) for organ in ORGANS for agent in AGENTS)

World = Mapping[Fact, bool]  # True: brighter, wider or faster; False: the opposite


def balanced_world(draws: Draws) -> dict[Fact, bool]:
    """A world in which, for each organ, half of the agents have either effect."""
    world = {}
    for organ in ORGANS:
        for place, agent in enumerate(draws.sample(AGENTS, len(AGENTS))):
            world[Fact(organ, agent)] = 2 * place < len(AGENTS)
    return world


def lawless_world(draws: Draws) -> dict[Fact, bool]:
    """A world in which each outcome is drawn for itself."""
    return {fact: draws.chance(0.5) for fact in FACTS}
