"""Papers of the made-up field: abstracts that leave open what the world decides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

from components.dataset.demo.draws import Draws
from components.dataset.demo.world import AGENTS, ORGANS, Fact, World
from components.formats.json_file import read_yaml

Filling = TypeVar("Filling")

TEMPLATES = read_yaml(Path(__file__).with_name("templates.yaml"), dict[str, Any])
NUMBERS: Mapping[str, Sequence[int]] = TEMPLATES["numbers"]
OUTCOMES: Mapping[str, Sequence[tuple[str, str]]] = TEMPLATES["outcomes"]
CHANCE_OF_TWO_AGENTS = 0.6
CHANCE_OF_A_FRAME = 0.25
CHANCE_OF_A_JOINT = 0.4


@dataclass(frozen=True)
class Outcome:
    """A place in the text whose words depend on a fact."""

    fact: Fact
    true: str  # what stands there where the fact is true
    false: str


@dataclass(frozen=True)
class Paper:
    """An abstract, written before its results are in."""

    section: str  # of the journal
    parts: Sequence[str | Outcome]  # in the text's order: words that are fixed, and outcomes

    @property
    def facts(self) -> list[Fact]:
        """The facts that it states, each once."""
        return list(dict.fromkeys(part.fact for part in self.parts if isinstance(part, Outcome)))

    def abstract(self, world: World) -> str:
        """The text as it reads in a world."""
        return self.combined(world, altered=world)

    def combined(self, world: World, *, altered: World) -> str:
        """The text as it reads in two worlds, each difference as `[[original, altered]]`."""
        text = ""
        for part in self.parts:
            if isinstance(part, str):
                text += part
                continue
            here, there = (
                part.true if each[part.fact] else part.false for each in (world, altered)
            )
            text += here if here == there else f"[[{here}, {there}]]"
        return text


def paper(
    draws: Draws, *, num_agents: int | None = None, chance_of_a_joint: float = CHANCE_OF_A_JOINT
) -> Paper:
    """A paper on what one agent does to all organs, or two agents to two of them.

    `num_agents`, 1 or 2, is drawn where it is not given; `chance_of_a_joint` is the probability
    that a sentence has a second result.
    """
    if num_agents is None:
        num_agents = 2 if draws.chance(CHANCE_OF_TWO_AGENTS) else 1
    agents = draws.sample(AGENTS, num_agents)
    organs = draws.sample(ORGANS, 4 - num_agents)
    facts = [Fact(organ, agent) for agent in agents for organ in organs]
    section = draws.choice(tuple(TEMPLATES["themes"]))
    words = {"theme": TEMPLATES["themes"][section], "agents": " and ".join(agents)}
    background = _sentence("backgrounds", words, draws=draws)
    method = _sentence("methods", words, draws=draws)
    facts = draws.sample(facts, len(facts))
    results = _results(facts, chance_of_a_joint=chance_of_a_joint, draws=draws)
    conclusion = _sentence("conclusions", words, draws=draws)
    return Paper(section, [f"{background} {method} ", *results, conclusion])


def _sentence(kind: str, words: Mapping[str, str], *, draws: Draws) -> str:
    """One of the sentence templates of a kind, with its slots filled."""
    template: str = draws.choice(TEMPLATES[kind])
    numbers = {name: str(draws.choice(options)) for name, options in NUMBERS.items()}
    return template.format(**numbers, **words)


def _results(
    facts: Sequence[Fact], *, chance_of_a_joint: float, draws: Draws
) -> list[str | Outcome]:
    """Each fact once, one or two a sentence."""
    parts: list[str | Outcome] = []
    joined = False
    for number, fact in enumerate(facts, start=1):
        clause = _statement(fact, draws=draws)
        if joined:
            parts += [draws.choice(TEMPLATES["joints"]), *clause]
        else:
            frame = draws.choice(TEMPLATES["frames"]) if draws.chance(CHANCE_OF_A_FRAME) else ""
            first = frame + str(clause[0])
            parts += [first[:1].upper() + first[1:], *clause[1:]]
        joined = not joined and number < len(facts) and draws.chance(chance_of_a_joint)
        if not joined:
            parts.append(". ")
    return parts


def _statement(fact: Fact, *, draws: Draws) -> list[str | Outcome]:
    """A clause that states a fact, in words drawn for it; its outcome is left open."""

    def fill(slot: str) -> str | Outcome:
        if slot in OUTCOMES:
            return Outcome(fact, *draws.choice(OUTCOMES[slot]))
        return str(draws.choice(NUMBERS[slot])) if slot in NUMBERS else fact.agent

    return filled(draws.choice(TEMPLATES["statements"][fact.organ]), fill)


def filled(template: str, fill: Callable[[str], Filling]) -> list[str | Filling]:
    """The pieces of a template in order, each slot filled by its name."""
    parts: list[str | Filling] = []
    for literal, slot, _, _ in Formatter().parse(template):
        parts.append(literal)
        if slot:
            parts.append(fill(slot))
    return parts
