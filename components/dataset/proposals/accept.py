"""Makes cases of the proposals that reviewers have accepted or mended."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.dataset.proposals.validators import verdicts
from components.formats.cases import Case, marked_case, write_cases
from components.formats.corpus import documents
from components.formats.proposals import ProposalRow, ReviewRow, read_proposals, read_review
from components.runtime.errors import InputError


def accept_cases(
    *, proposals: Path, reviews: tuple[Path, ...], cases: Path, data: Path = Path("data")
) -> None:
    """Makes benchmark cases of reviewed proposals.

    A proposal counts when every reviewer who decided on it accepts or mends it, and to the same
    text. The validators look at all of them once more, mended ones included.

    Args:
        proposals: Folder that `propose-cases` wrote.
        reviews: CSV files that reviewers saved from its page.
        cases: Output file in BrainBench's form, which must not exist. The cases are machine-made,
            as BrainBench's by GPT-4: as data/brainbench/machine.csv, they are scored and reported
            beside human.csv.
        data: Folder of the field's data, in whose corpus/domain no case may be.

    Raises:
        InputError: A file is bad or missing, a review is about other proposals, no case is left,
            or there is a file at `cases`.
    """
    if cases.exists():
        raise InputError(f"{cases} exists: expected the path of a new file")
    if not reviews:
        raise InputError("no reviews: expected --reviews, the files saved from the page")
    rows = {each.proposal: each for each in read_proposals(proposals) if not each.refused_by}
    decisions = decisions_on(rows, reviews)
    agreed, reasons = agreed_cases(rows, decisions)
    corpus = documents(data / "corpus" / "domain", "train")
    found = dict(zip(agreed, verdicts([*agreed.values()], corpus=corpus), strict=True))
    reasons |= {name: f"{told.validator}: {told.found}" for name, told in found.items() if told}
    for name, reason in reasons.items():
        print(f"{name} ({rows[name].doi}) left out: {reason}", file=sys.stderr)  # noqa: T201
    kept = [case for name, case in agreed.items() if not found[name]]
    told = (
        f"{len(kept):,} cases; {len(reasons):,} left out, {len(rows) - len(decisions):,} undecided"
    )
    if not kept:
        raise InputError(f"no case to write to {cases}: {told}")
    write_cases(cases, [each.row for each in kept])
    print(f"{cases}: {told}")  # noqa: T201


def decisions_on(
    rows: Mapping[str, ProposalRow], reviews: Sequence[Path]
) -> dict[str, list[ReviewRow]]:
    """The decisions of all reviews, by proposal; those of a copy or an earlier state count once.

    Raises:
        InputError: A review is bad or about other proposals, or two of one reviewer differ.
    """
    found: dict[str, dict[str, ReviewRow]] = defaultdict(dict)
    for file in reviews:
        for row in read_review(file):
            if row.proposal not in rows:
                raise InputError(f"{row.proposal} is no proposal to decide on: {file}")
            if found[row.proposal].setdefault(row.reviewer, row) != row:
                raise InputError(
                    f"another decision of {row.reviewer} on {row.proposal}: {file}, expected one"
                    " file of each reviewer"
                )
    return {proposal: [*given.values()] for proposal, given in found.items()}


def agreed_cases(
    rows: Mapping[str, ProposalRow], decisions: Mapping[str, Sequence[ReviewRow]]
) -> tuple[dict[str, Case], dict[str, str]]:
    """The cases that all their reviewers accept, and why the others are left out, by proposal."""
    agreed: dict[str, Case] = {}
    reasons: dict[str, str] = {}
    for name, row in rows.items():
        given = decisions.get(name, ())
        refusals = [each for each in given if each.decision == "refuse"]
        texts = {
            " ".join((each.incorrect_abstract or row.incorrect_abstract or "").split())
            for each in given
        }
        if refusals:
            reasons[name] = (
                f"refused by {refusals[0].reviewer}: {refusals[0].reason or 'no reason given'}"
            )
        elif len(texts) > 1:
            reasons[name] = "its reviewers want different texts"
        elif texts:
            try:
                agreed[name] = marked_case(
                    row.doi,
                    row.journal_section,
                    original=row.original_abstract,
                    altered=texts.pop(),
                )
            except InputError as error:
                reasons[name] = str(error)
    return agreed, reasons
