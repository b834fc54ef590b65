"""Memorisation: zlib-to-perplexity ratios of the benchmark beside those of unread texts."""

import numpy as np
from scipy.stats import mannwhitneyu

from components.formats.statistics import QUANTILES, Memorisation
from components.statistics.calibration import auroc
from components.statistics.clustered import Floats


def memorisation(benchmark: Floats, reference: Floats) -> Memorisation | None:
    """Compares the ratios of two sets of texts; None where there is no reference.

    The ratio of the bytes that zlib makes of a text to a model's perplexity of it is high for a
    text that the model finds likely though it does not compress well, as it does what it has read
    (Carlini et al. 2021, USENIX Security, section 5.2). It depends on a text's length, so the two
    sets have to be of the same lengths.

    Args:
        benchmark: Ratios of the benchmark's originals, shape (num_benchmark,), at least one.
        reference: Ratios of the reference texts, shape (num_reference,).
    """
    if not len(reference):
        return None
    ratios = np.concatenate([benchmark, reference])
    of_benchmark = np.arange(len(ratios)) < len(benchmark)
    test = mannwhitneyu(benchmark, reference, alternative="two-sided")
    return Memorisation(
        num_benchmark=len(benchmark),
        num_reference=len(reference),
        benchmark=_quantiles(benchmark),
        reference=_quantiles(reference),
        auroc=auroc(ratios, of_benchmark, [np.arange(len(ratios))]),
        p_value=float(test.pvalue),
    )


def _quantiles(ratios: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in np.quantile(ratios, QUANTILES))
