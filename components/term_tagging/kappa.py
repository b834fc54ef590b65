"""How well two taggers agree: Cohen's kappa, precision and recall."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from components.formats.terms import Tag


@dataclass(frozen=True)
class Agreement:
    """Agreement of two taggers on the terms that both tagged yes or no.

    Attributes:
        num_terms: Number of those terms.
        both_yes: Terms that both tagged yes.
        only_first_yes: Terms that only the first tagged yes.
        only_second_yes: Terms that only the second tagged yes.
        both_no: Terms that both tagged no.
        num_untagged: Terms of either that the other did not tag, or that one refused.
        kappa: Cohen's kappa; None where all tags are the same one.
        interval: Its 95 % confidence interval (Fleiss, Cohen & Everitt 1969).
        precision: Share of the first's yes that the second tagged yes; None where it has none.
        recall: Share of the second's yes that the first tagged yes; None where it has none.
    """

    num_terms: int
    both_yes: int
    only_first_yes: int
    only_second_yes: int
    both_no: int
    num_untagged: int
    kappa: float | None
    interval: tuple[float, float] | None
    precision: float | None
    recall: float | None


def agreement_of(first: Mapping[str, Tag], second: Mapping[str, Tag]) -> Agreement:
    """Agreement of two taggers.

    Args:
        first: Tags by term.
        second: Tags by term, taken as true by precision and recall.
    """
    pairs = Counter((first[term], second[term]) for term in first.keys() & second.keys())
    yes, only_first = pairs["yes", "yes"], pairs["yes", "no"]
    only_second, no = pairs["no", "yes"], pairs["no", "no"]
    total = yes + only_first + only_second + no
    kappa, interval = None, None
    if total not in (0, yes, no):
        import numpy as np
        from statsmodels.stats.inter_rater import cohens_kappa

        with np.errstate(invalid="ignore", divide="ignore"):  # where the variance is 0
            result = cohens_kappa([[yes, only_first], [only_second, no]])
        kappa = float(result.kappa)
        half = float(np.nan_to_num(result.kappa_upp - kappa))
        interval = kappa - half, min(kappa + half, 1.0)
    return Agreement(
        num_terms=total,
        both_yes=yes,
        only_first_yes=only_first,
        only_second_yes=only_second,
        both_no=no,
        num_untagged=len(first.keys() | second.keys()) - total,
        kappa=kappa,
        interval=interval,
        precision=yes / (yes + only_first) if yes + only_first else None,
        recall=yes / (yes + only_second) if yes + only_second else None,
    )


def describe(result: Agreement) -> str:
    """An agreement in one line."""
    kappa = "no kappa, all tags are the same"
    if result.interval is not None:
        low, high = result.interval
        kappa = f"kappa {result.kappa:.3f} [{low:.3f}, {high:.3f}]"
    shares = ", ".join(
        f"{name} {share:.3f}"
        for name, share in (("precision", result.precision), ("recall", result.recall))
        if share is not None
    )
    table = (
        f"{result.both_yes:,} yes by both, {result.only_first_yes:,} only by the first,"
        f" {result.only_second_yes:,} only by the second, {result.both_no:,} no by both"
    )
    parts = [f"{result.num_terms:,} terms", kappa, shares, table]
    if result.num_untagged:
        parts.append(f"{result.num_untagged:,} others not tagged by both")
    return "; ".join(filter(None, parts))
