"""Abstracts of the made-up field: background, method, results, conclusion."""

from components.dataset.demo.draws import Draws
from components.dataset.demo.paper import Outcome, Paper
from components.dataset.demo.wording import NUMBERS, TEMPLATES, statement
from components.dataset.demo.world import AGENTS, ORGANS, Fact

Parts = list[str | Outcome]

CHANCE_OF_TWO_AGENTS = 0.6
CHANCE_OF_A_FRAME = 0.25
CHANCE_OF_A_JOINT = 0.4


def paper(
    draws: Draws, *, num_agents: int | None = None, chance_of_a_joint: float = CHANCE_OF_A_JOINT
) -> Paper:
    """A paper on what one agent does to all organs, or two agents to two of them.

    Args:
        draws: Random numbers.
        num_agents: 1 or 2; drawn where it is not given.
        chance_of_a_joint: Probability that a sentence has a second result.
    """
    if num_agents is None:
        num_agents = 2 if draws.chance(CHANCE_OF_TWO_AGENTS) else 1
    agents = draws.sample(AGENTS, num_agents)
    organs = draws.sample(ORGANS, 4 - num_agents)
    facts = [Fact(organ, agent) for agent in agents for organ in organs]
    section = draws.choice(tuple(TEMPLATES["themes"]))
    words = {"theme": TEMPLATES["themes"][section], "agents": " and ".join(agents)}
    background, method = (
        _filled(name, draws=draws, **words) for name in ("backgrounds", "methods")
    )
    results = _results(
        draws.sample(facts, len(facts)), chance_of_a_joint=chance_of_a_joint, draws=draws
    )
    after = _filled("conclusions", draws=draws, **words)
    return Paper(section, (f"{background} {method} ", *results, after))


def _results(facts: list[Fact], *, chance_of_a_joint: float, draws: Draws) -> Parts:
    """Each fact once, one or two a sentence."""
    parts: Parts = []
    joined = False
    for number, fact in enumerate(facts, start=1):
        clause = statement(fact, draws=draws)
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


def _filled(kind: str, *, draws: Draws, **words: str) -> str:
    """One of the sentence templates of a kind, with its slots filled."""
    template: str = draws.choice(TEMPLATES[kind])
    numbers = {name: str(draws.choice(options)) for name, options in NUMBERS.items()}
    return template.format(**numbers, **words)
