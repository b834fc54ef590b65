"""Balances: preference for the original in a case's choices and in the words after them."""

import math
from collections.abc import Sequence

from components.formats.evidence import CaseBalance, CasePiece, Tendency, VariantSummary


def balance(pieces: Sequence[CasePiece]) -> CaseBalance:
    """What the pieces of a case add up to.

    Args:
        pieces: All of a case, in reading order.
    """
    first = next((index for index, each in enumerate(pieces) if each.kind == "choice"), len(pieces))
    original_tokens = sum(each.original_tokens for each in pieces)
    altered_tokens = sum(each.altered_tokens for each in pieces)
    original = math.fsum(each.original_log_probability for each in pieces)
    altered = math.fsum(each.altered_log_probability for each in pieces)
    return CaseBalance(
        variant=pieces[0].variant,
        author=pieces[0].author,
        case=pieces[0].case,
        original_tokens=original_tokens,
        altered_tokens=altered_tokens,
        before=math.fsum(each.difference for each in pieces[:first]),
        choices=math.fsum(each.difference for each in pieces if each.kind == "choice"),
        after=math.fsum(each.difference for each in pieces[first:] if each.kind != "choice"),
        total=original - altered,
        original_mean=original / original_tokens,
        altered_mean=altered / altered_tokens,
    )


def summarize(balances: Sequence[CaseBalance]) -> VariantSummary:
    """What the balances of a variant's cases say.

    Args:
        balances: At least one.
    """
    return VariantSummary(
        num_cases=len(balances),
        num_contradictory=sum(each.contradictory for each in balances),
        choices=_tendency([each.choices for each in balances]),
        after=_tendency([each.after for each in balances]),
        total=_tendency([each.total for each in balances]),
        means=_tendency([each.original_mean - each.altered_mean for each in balances]),
    )


def _tendency(values: Sequence[float]) -> Tendency:
    return Tendency(
        mean=sum(values) / len(values), share=sum(value > 0 for value in values) / len(values)
    )
