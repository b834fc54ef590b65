"""Trials: the participants' choices as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.formats.cases import Author
from components.formats.participants import Trial
from components.statistics.clustered import Booleans, Floats, Integers


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials on the cases of one author.

    Attributes:
        correct: Whether the original was chosen, shape (num_trials,).
        confidence: As the slider stood, shape (num_trials,).
        expertise: As the slider stood, shape (num_trials,).
        cases: Number of the abstract, shape (num_trials,).
        participants: Number of the person, from 0, shape (num_trials,).
        sections: Journal section of the abstract.
    """

    correct: Booleans
    confidence: Floats
    expertise: Floats
    cases: Integers
    participants: Integers
    sections: tuple[str, ...]

    @property
    def clusters(self) -> tuple[Integers, Integers]:
        """The two labellings by which trials are clustered: case and participant."""
        return self.cases, self.participants


def trial_arrays(trials: Sequence[Trial], *, author: Author) -> Trials | None:
    """The trials on one author's cases, in their order; None where there is none."""
    chosen = [trial for trial in trials if trial.author == author]
    if not chosen:
        return None
    people = np.unique([trial.participant for trial in chosen], return_inverse=True)[1]
    return Trials(
        correct=np.array([trial.correct for trial in chosen], dtype=np.bool_),
        confidence=np.array([trial.confidence for trial in chosen], dtype=np.float64),
        expertise=np.array([trial.expertise for trial in chosen], dtype=np.float64),
        cases=np.array([trial.case for trial in chosen], dtype=np.int64),
        participants=people.astype(np.int64),
        sections=tuple(trial.section for trial in chosen),
    )


def shares(correct: Booleans, cases: Integers, *, num_cases: int) -> Floats:
    """Share of right choices in each case; NaN where there is none."""
    totals = np.bincount(cases, minlength=num_cases)
    right = np.bincount(cases[correct], minlength=num_cases)
    found: Floats = np.divide(right, totals, out=np.full(num_cases, np.nan), where=totals > 0)
    return found
