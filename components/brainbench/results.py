"""The results of a model: what the stage writes."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from components.brainbench.published import write_published
from components.brainbench.questions import Questions
from components.brainbench.scorer import Scorer, TextReading
from components.brainbench.scores import accuracy, make_score
from components.formats.cases import Author
from components.formats.readings import READINGS_FILE, CaseReading, VersionReading, write_readings
from components.formats.scores import (
    Context,
    ReferenceText,
    Score,
    ScoringRecord,
    write_scores,
)

Value = TypeVar("Value")


class Answers(NamedTuple):
    """Questions with a model's readings of the texts.

    Attributes:
        questions: The pairs.
        readings: Readings of the original and the altered text of each pair in turn.
    """

    questions: Questions
    readings: Sequence[TextReading]

    @property
    def perplexities(self) -> NDArray[np.float64]:
        """float64, shape (num_pairs, 2): original, altered."""
        return np.array([reading.perplexity for reading in self.readings]).reshape(-1, 2)

    @property
    def accuracy(self) -> float:
        """Share of pairs whose original has the lower perplexity, 0 to 1."""
        return accuracy(self.perplexities)

    @property
    def scores(self) -> list[Score]:
        """One score per pair."""
        both = zip(self.readings[::2], self.readings[1::2], strict=True)
        return [
            make_score(
                pair,
                author=self.questions.author,
                case=self.questions.cases[pair.case],
                perplexities=(original.perplexity, altered.perplexity),
                num_tokens=(
                    int(original.encoding.counted.sum()),
                    int(altered.encoding.counted.sum()),
                ),
            )
            for pair, (original, altered) in zip(self.questions.pairs, both, strict=True)
        ]

    @property
    def case_readings(self) -> list[CaseReading]:
        """The scored tokens of every pair."""
        versions = [_version_reading(each) for each in self.readings]
        both = zip(versions[::2], versions[1::2], strict=True)
        return [
            CaseReading(self.questions.author, pair.case, original, altered)
            for pair, (original, altered) in zip(self.questions.pairs, both, strict=True)
        ]

    @property
    def bits_per_byte(self) -> float:
        """Cross-entropy of the originals' predicted text, in bits per byte of UTF-8."""
        bits = num_bytes = 0.0
        for pair, reading in zip(self.questions.pairs, self.readings[::2], strict=True):
            counted = reading.encoding.counted
            start = max(int(reading.encoding.spans[counted][0, 0]), 0)
            bits -= float(reading.log_probabilities[counted].sum(dtype=np.float64)) / math.log(2)
            num_bytes += len(pair.original[start:].encode("utf-8"))
        return bits / num_bytes


def answers_to(
    asked: Sequence[Questions], reference: Sequence[str], *, scorer: Scorer
) -> tuple[list[Answers], list[TextReading | str]]:
    """A model's readings of all questions and of the reference texts.

    Args:
        asked: Questions of every author in every context.
        reference: Texts that the model was not trained on.
        scorer: The model.

    Returns:
        The answers, and the reading of each reference text, or why there is none.

    Raises:
        InputError: A text of a question is too short or exceeds the model's context, or its
            perplexity is not finite.
    """
    texts = [text for each in asked for text in each.texts]
    names = [name for each in asked for name in each.names]
    readings, others = scorer.read(texts, names=names, others=reference)
    answers = []
    for each in asked:
        size = 2 * len(each.pairs)
        answers.append(Answers(each, readings[:size]))
        readings = readings[size:]
    return answers, others


def write_answers(
    folder: Path,
    answers: Sequence[Answers],
    *,
    record: ScoringRecord,
    reference: Sequence[ReferenceText],
    seed: int,
) -> None:
    """Writes scores, the log-probability of every token, and the published layout.

    Args:
        folder: Output folder.
        answers: Answers for every author and context.
        record: How the model was scored and trained.
        reference: The reference texts.
        seed: Random seed of the order of A and B.
    """
    scores: dict[Context, list[Score]] = {}
    for each in answers:
        scores.setdefault(each.questions.context, []).extend(each.scores)
    write_scores(folder, scores, record=record, reference=reference)
    full = [each for each in answers if each.questions.context == "full"]
    write_readings(
        folder / READINGS_FILE, [reading for each in full for reading in each.case_readings]
    )
    for each in answers:
        write_published(
            folder / "published",
            each.perplexities,
            each.questions.altered_first,
            author=each.questions.author,
            context=each.questions.context,
            seed=seed,
            numbers=np.array([pair.case for pair in each.questions.pairs]),
        )


def by_context(
    answers: Sequence[Answers], value: Callable[[Answers], Value]
) -> dict[Context, dict[Author, Value]]:
    """A value of all answers, by context and author of the cases."""
    found: dict[Context, dict[Author, Value]] = {}
    for each in answers:
        found.setdefault(each.questions.context, {})[each.questions.author] = value(each)
    return found


def _version_reading(reading: TextReading) -> VersionReading:
    counted = reading.encoding.counted
    starts, ends = np.maximum(reading.encoding.spans[counted], 0).T.tolist()
    return VersionReading(starts, ends, reading.log_probabilities[counted].tolist())
