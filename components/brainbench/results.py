"""The results of a model: what the stage writes."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.brainbench.published import write_published
from components.brainbench.questions import Questions, scoring_record
from components.brainbench.scorer import Scorer, TextReading
from components.formats.cases import Author
from components.formats.readings import READINGS_FILE, CaseReading, VersionReading, write_readings
from components.formats.scores import Context, ReferenceText, Score, ScoringRecord, write_scores


class Answers(NamedTuple):
    """Questions with a model's readings of the texts."""

    questions: Questions
    readings: Sequence[TextReading]  # of the original and the altered text of each pair in turn

    @property
    def perplexities(self) -> NDArray[np.float64]:
        """float64, shape (num_pairs, 2): original, altered."""
        return np.array([reading.perplexity for reading in self.readings]).reshape(-1, 2)

    @property
    def scores(self) -> list[Score]:
        """One score per pair."""
        sizes = np.array([reading.encoding.counted.sum() for reading in self.readings])
        return self.questions.scores(self.perplexities.tolist(), sizes.reshape(-1, 2).tolist())

    @property
    def case_readings(self) -> list[CaseReading]:
        """The scored tokens of every pair."""
        versions = map(_version_reading, self.readings)
        return [
            CaseReading(self.questions.author, pair.case, next(versions), next(versions))
            for pair in self.questions.pairs
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
    """A model's readings of all questions and of the reference texts; errors as of `Scorer.read`.

    Returns:
        The answers, and the reading of each reference text, or why there is none.
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
    reference: Sequence[ReferenceText],
    *,
    seed: int,
    **known: Any,  # noqa: ANN401
) -> ScoringRecord:
    """Writes scores, the log-probability of every token, and the published layout.

    Args:
        folder: Output folder.
        answers: Answers for every author and context.
        reference: The reference texts.
        seed: Random seed of the order of A and B.
        known: How the model was scored and trained: attributes of the record.

    Returns:
        The record that is written.
    """
    scores: dict[Context, list[Score]] = {}
    bits_per_byte: dict[Context, dict[Author, float]] = {}
    readings = []
    for each in answers:
        author, context = each.questions.author, each.questions.context
        scores.setdefault(context, []).extend(each.scores)
        bits_per_byte.setdefault(context, {})[author] = each.bits_per_byte
        write_published(folder / "published", each.questions, each.perplexities, seed=seed)
        readings += each.case_readings if context == "full" else []
    write_readings(folder / READINGS_FILE, readings)
    record = scoring_record(scores, bits_per_byte=bits_per_byte, **known)
    write_scores(folder, scores, record=record, reference=reference)
    return record


def _version_reading(reading: TextReading) -> VersionReading:
    counted = reading.encoding.counted
    starts, ends = np.maximum(reading.encoding.spans[counted], 0).T.tolist()
    return VersionReading(starts, ends, reading.log_probabilities[counted].tolist())
