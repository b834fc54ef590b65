"""Benchmark cases of the made-up field: papers that no model has read, with results exchanged."""

from collections.abc import Iterator

from components.dataset.demo.abstracts import paper
from components.dataset.demo.draws import Draws
from components.dataset.demo.paper import Paper, inverted
from components.dataset.demo.world import ORGANS, Fact, World
from components.formats.cases import Author, CaseRow

DOI = "https://doi.org/10.5555"  # the prefix that Crossref keeps for tests


def cases(number: int, *, world: World, author: Author, draws: Draws) -> Iterator[CaseRow]:
    """Different cases, one row of the published form at a time.

    Each is about two agents. For one or two organs that they change in opposite ways, the altered
    abstract has their results exchanged: it holds the results of the original, each with the
    other agent. So neither its words, nor its pairs of neighbours, nor the company that words keep
    in an abstract show which version is true; the pairs of words within a clause do.

    Args:
        number: How many.
        world: What is true.
        author: Who is said to have made them, `human` or `machine`.
        draws: Decides on papers and exchanges.
    """
    seen: set[str] = set()
    while len(seen) < number:
        # A result a sentence: texts with exchanged sentences stay as short as whole abstracts.
        written = paper(draws, num_agents=2, chance_of_a_joint=0)
        organs = _opposed(written, world)
        original = written.abstract(world)
        if not organs or original in seen:
            continue
        exchanged = draws.sample(organs, draws.integer(1, len(organs)))
        altered = inverted(world, [fact for fact in _facts(written) if fact.organ in exchanged])
        seen.add(original)
        yield CaseRow(
            doi=f"{DOI}/{author}.{len(seen)}",
            journal_section=written.section,
            original_abstract=original,
            incorrect_abstract=written.abstract(altered),
            combined_abstract=written.combined(world, altered=altered),
        )


def _facts(written: Paper) -> list[Fact]:
    """The facts that a paper states, each once."""
    return list(dict.fromkeys(outcome.fact for outcome in written.outcomes))


def _opposed(written: Paper, world: World) -> list[str]:
    """The organs that a paper's two agents change in opposite ways."""
    facts = _facts(written)
    return [
        organ
        for organ in ORGANS
        if len({world[fact] for fact in facts if fact.organ == organ}) == 2
    ]
