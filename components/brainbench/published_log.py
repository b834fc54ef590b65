"""The original study's training logs: validation perplexity by epochs of training.

https://github.com/braingpt-lovelab/matching_experts, model_training/exp/<model>/log.txt, as its
train.py writes them: a line every 1,000 batches, a validation every 10,000 batches and at the end
of each epoch.
"""

import re
from pathlib import Path

from components.formats.json_file import read_text
from components.runtime.errors import InputError

BATCH = re.compile(r"Epoch (\d+) \| Batch (\d+)/(\d+) \| Training PPL: ")
VALIDATION = re.compile(r"(End of epoch|Epoch) (\d+) \| Validation PPL: ([\d.]+(?:e[+-]?\d+)?) \| ")


def read_published_log(file: Path, *, summed_losses: int = 1) -> tuple[tuple[float, float], ...]:
    """Epochs done and validation perplexity per token, at each validation of a log.

    Args:
        file: The log.
        summed_losses: Number of processes whose mean losses were summed up rather than averaged:
            with n of them, the log holds exp(sum)/n, and the perplexity is (n × logged)^(1/n). Only
            the log of gpt2_scratch is such a one, with four.

    Raises:
        InputError: The file is missing or not UTF-8, holds no validation, or has one inside an
            epoch before any batch.
    """
    points, done = [], None
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if batch := BATCH.match(line):
            epoch, index, total = map(int, batch.groups())
            done = epoch + (index + 1) / total
        elif found := VALIDATION.match(line):
            if found[1] == "End of epoch":
                done = float(int(found[2]) + 1)
            if done is None:
                raise InputError(f"a validation before any batch: {file}, line {number}")
            logged = float(found[3])
            points.append((done, (summed_losses * logged) ** (1 / summed_losses)))
    if not points:
        raise InputError(f"no 'Validation PPL' in {file}: expected a training log of the original")
    return tuple(points)
