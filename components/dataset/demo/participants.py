"""Simulated experts of the made-up field, in the form of the published trials."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from components.dataset.demo.draws import Draws

COLUMNS = (
    "",
    "pid",
    "expertise",
    "confidence",
    "click_outside",
    "correct",
    "rt",
    "abstract_id",
    "journal_section",
    "click_slider",
    "recognised",
)
NUM_PARTICIPANTS = 170
TRIALS = 9  # a participant, as in the published study
CHANCE_OF_A_HUMAN_CASE = 2 / 3
ACCURACY = 0.55  # of a participant without expertise; each point of 100 adds a little
ACCURACY_OF_EXPERTISE = 0.16


def trials(
    sections: Mapping[str, Sequence[str]], *, draws: Draws
) -> Iterator[tuple[str | int, ...]]:
    """Trials of all participants, a row of the published form at a time.

    `abstract_id` is the case's number in its author's file, counted from 1. Those who call
    themselves experts are right a little more often, and surer of it when they are right.

    Args:
        sections: Journal section of each case, by who made the cases.
        draws: Decides on everything.
    """
    row = 0
    for participant in range(1, NUM_PARTICIPANTS + 1):
        level = draws.integer(10, 90)
        for _ in range(TRIALS):
            author = "human" if draws.chance(CHANCE_OF_A_HUMAN_CASE) else "machine"
            case = draws.integer(1, len(sections[author]))
            expertise = max(1, min(100, level + draws.integer(-10, 10)))
            correct = draws.chance(ACCURACY + ACCURACY_OF_EXPERTISE * expertise / 100)
            confidence = min(100, draws.integer(1, 60) + expertise // 4 + 15 * correct)
            seconds = draws.integer(20, 120)
            section = f"{author}_{sections[author][case - 1]}"
            yield (
                row,
                participant,
                expertise,
                confidence,
                "",
                int(correct),
                1000 * seconds,
                case,
                section,
                1,
                0,
            )
            row += 1


def write_trials(file: Path, rows: Iterator[tuple[str | int, ...]]) -> None:
    """Writes trials as CSV in the published form."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.getvalue().encode("utf-8"))
