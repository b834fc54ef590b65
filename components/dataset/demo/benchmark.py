"""The made-up field's benchmark: cases, and trials of simulated experts on them."""

from collections.abc import Iterator, Mapping, Sequence

from components.dataset.demo.draws import Draws
from components.dataset.demo.papers import paper
from components.dataset.demo.world import ORGANS, World
from components.formats.cases import Author, CaseRow
from components.formats.participants import TrialRow

DOI = "https://doi.org/10.5555"  # the prefix that Crossref keeps for tests
NUM_PARTICIPANTS = 170
TRIALS = 9  # a participant, as in the published study
CHANCE_OF_A_HUMAN_CASE = 2 / 3
ACCURACY = 0.55  # of a participant without expertise; each point of 100 adds a little
ACCURACY_OF_EXPERTISE = 0.16


def cases(number: int, *, world: World, author: Author, draws: Draws) -> Iterator[CaseRow]:
    """`number` different cases, papers that no model has read with results exchanged.

    Each is about two agents. For one or two organs that they change in opposite ways, the altered
    abstract has their results exchanged: it holds the results of the original, each with the
    other agent. So neither its words, nor its pairs of neighbours, nor the company that words keep
    in an abstract show which version is true; the pairs of words within a clause do.
    """
    seen: set[str] = set()
    while len(seen) < number:
        # A result a sentence: texts with exchanged sentences stay as short as whole abstracts.
        written = paper(draws, num_agents=2, chance_of_a_joint=0)
        opposed = [
            organ
            for organ in ORGANS
            if len({world[fact] for fact in written.facts if fact.organ == organ}) == 2
        ]
        original = written.abstract(world)
        if not opposed or original in seen:
            continue
        exchanged = draws.sample(opposed, draws.integer(1, len(opposed)))
        changed = [fact for fact in written.facts if fact.organ in exchanged]
        altered = {**world, **{fact: not world[fact] for fact in changed}}
        seen.add(original)
        yield CaseRow(
            doi=f"{DOI}/{author}.{len(seen)}",
            journal_section=written.section,
            original_abstract=original,
            incorrect_abstract=written.abstract(altered),
            combined_abstract=written.combined(world, altered=altered),
        )


def trials(sections: Mapping[Author, Sequence[str]], *, draws: Draws) -> Iterator[TrialRow]:
    """Trials of all participants, a row of the published form at a time.

    `abstract_id` is the case's number in its author's file, counted from 1. Those who call
    themselves experts are right a little more often, and surer of it when they are right.

    Args:
        sections: Journal section of each case, by who made the cases.
        draws: Decides on everything.
    """
    for participant in range(1, NUM_PARTICIPANTS + 1):
        level = draws.integer(10, 90)
        for _ in range(TRIALS):
            author: Author = "human" if draws.chance(CHANCE_OF_A_HUMAN_CASE) else "machine"
            case = draws.integer(1, len(sections[author]))
            expertise = max(1, min(100, level + draws.integer(-10, 10)))
            correct = draws.chance(ACCURACY + ACCURACY_OF_EXPERTISE * expertise / 100)
            confidence = min(100, draws.integer(1, 60) + expertise // 4 + 15 * correct)
            seconds = draws.integer(20, 120)
            section = f"{author}_{sections[author][case - 1]}"
            yield TrialRow(
                pid=str(participant),
                expertise=expertise,
                confidence=confidence,
                click_outside=None,
                correct=correct,
                rt=1000 * seconds,
                abstract_id=case,
                journal_section=section,
                click_slider=True,
                recognised=False,
            )
