"""Simulated experts of the made-up field, in the form of the published trials."""

from collections.abc import Iterator, Mapping, Sequence

from components.dataset.demo.draws import Draws
from components.formats.cases import Author
from components.formats.participants import TrialRow

NUM_PARTICIPANTS = 170
TRIALS = 9  # a participant, as in the published study
CHANCE_OF_A_HUMAN_CASE = 2 / 3
ACCURACY = 0.55  # of a participant without expertise; each point of 100 adds a little
ACCURACY_OF_EXPERTISE = 0.16


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
