"""Proposes cases of a new benchmark, and writes the page on which a person reviews them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from components.dataset.field import check_name
from components.dataset.pages import write_page
from components.dataset.proposals.alterations import altered_by_model, altered_by_rules
from components.dataset.proposals.validators import Verdict, verdicts
from components.formats.cases import Case, marked_case
from components.formats.corpus import documents, split_files
from components.formats.params import LOCAL_ENDPOINT, LanguageModel, read_language_model
from components.formats.proposals import (
    PROPOSALS,
    SUMMARY,
    AbstractRecord,
    ProposalRow,
    ProposalSummary,
    ReviewRow,
    proposal_name,
    read_abstracts,
    write_proposals,
)
from components.formats.terms import LanguageModelUse
from components.language_model.profile import FILTERED
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.state import state_key

Proposer = Literal["rules", "language-model"]
PAGE = "review.html"


def propose_cases(
    *,
    name: str,
    abstracts: Path,
    corpus_ends: date,
    proposals: Path,
    data: Path = Path("data"),
    proposer: Proposer = "rules",
    seed: int = 42,
    endpoint: str = LOCAL_ENDPOINT,
    model: str = "",
    params: Path | None = None,
    state: Path = Path(".state"),
) -> None:
    """Proposes benchmark cases: alters a result of each abstract, and checks what came out.

    A person reviews the proposals on the page that is written with them; `accept-cases` then makes
    cases of those that were accepted.

    Args:
        name: Name of the field, for the reviewers and the language model.
        abstracts: JSON lines, each with doi, abstract, published (2024-05-17, 2024-05 or 2024) and,
            optionally, journal_section.
        corpus_ends: Last day of the field's corpus (2022-12-31); abstracts that may have been
            published until then are refused.
        proposals: Output folder of proposals.csv (each abstract, its altered version, and which
            validator refused it), review.html (the page for reviewers) and summary.json.
        data: Folder of the field's data, in whose corpus/domain no case may be.
        proposer: What alters the abstracts: rules, which exchange words of a result for their
            opposites, offline; or a language model. Its key comes from the environment:
            OPENAI_API_KEY, or AZURE_OPENAI_API_KEY.
        seed: Random seed of the rules.
        endpoint: Base URL of a server with OpenAI's chat completions, for language-model; azure
            for the one in AZURE_OPENAI_ENDPOINT.
        model: Name of the language model, as the endpoint takes it.
        params: YAML file whose table language_models holds a row with limits and prices for the
            model; without it or the row, no limits, and the price is unknown.
        state: Folder of the language model's answers; they are kept, and not asked again.

    Raises:
        InputError: An abstract, the corpus or a flag is bad, `proposals` holds something else, or
            the language model gives no answers.
    """
    check_name(name)
    records = read_abstracts(abstracts)
    _check_proposals_folder(proposals)
    corpus = data / "corpus" / "domain"
    split_files(corpus, "train")  # refused here rather than when a model has been paid
    late = [each for each in records if each.first_day > corpus_ends]
    use: LanguageModelUse | None = None
    if proposer == "rules":
        altered = {each: altered_by_rules(each.abstract, seed=seed) for each in late}
    elif not model:
        raise InputError("no model: expected --model, its name at the endpoint")
    else:
        limits = read_language_model(params, model) if params else LanguageModel()
        altered, use = altered_by_model(
            late, field=name, endpoint=endpoint, model=model, limits=limits, state=state
        )
    named = use.model if use else proposer
    rows = judged(
        [draft(each, altered, proposer=named) for each in records],
        corpus=documents(corpus, "train"),
    )
    summary = ProposalSummary(
        proposer=named,
        num_abstracts=len(rows),
        num_accepted=sum(not each.refused_by for each in rows),
        refused=dict(Counter(each.refused_by for each in rows if each.refused_by)),
        language_model=use,
    )
    with written_folder(proposals) as folder:
        write_proposals(folder, rows, summary=summary)
        write_review_page(folder / PAGE, rows, field=name)
    print(report(summary, page=proposals / PAGE))  # noqa: T201


def _check_proposals_folder(folder: Path) -> None:
    """Refuses a folder that holds anything but proposals, as reviews: it is replaced as a whole."""
    if folder.is_file():
        raise InputError(f"{folder} is a file: expected a new folder, or one of proposals")
    found = {each.name for each in folder.iterdir()} if folder.is_dir() else set()
    if other := found - {PROPOSALS, SUMMARY, PAGE}:
        raise InputError(f"{folder} holds {min(other)}: expected a new folder, or one of proposals")


def draft(
    record: AbstractRecord, altered: Mapping[AbstractRecord, str | None], *, proposer: str
) -> tuple[ProposalRow, Case | None]:
    """The row of an abstract in `proposals.csv`, and its case if one can be made of it.

    `altered` has each abstract that was published late enough, with None where nothing came out.
    """
    text, case = altered.get(record), None
    verdict: Verdict | None = None
    if record not in altered:
        verdict = Verdict("published", f"{record.published} is not after the corpus")
    elif text is None:
        verdict = Verdict("proposal", "no altered version could be made of it")
    elif text == FILTERED:
        verdict = Verdict("proposal", "the language model refused to answer")
    else:
        try:
            case = marked_case(
                record.doi, record.journal_section, original=record.abstract, altered=text
            )
        except InputError as error:
            verdict = Verdict("form", str(error))
    row = ProposalRow(
        proposal=proposal_name(record.doi, original=record.abstract, altered=text or ""),
        doi=record.doi,
        journal_section=record.journal_section,
        published=record.published,
        original_abstract=record.abstract,
        incorrect_abstract=None if text == FILTERED else text,
        combined_abstract=case.combined if case else None,
        proposer=proposer,
        refused_by=verdict.validator if verdict else None,
        found=verdict.found if verdict else None,
    )
    return row, case


def judged(
    drafts: Sequence[tuple[ProposalRow, Case | None]], *, corpus: Iterable[str]
) -> list[ProposalRow]:
    """The rows, with what the validators refuse of those that have a case."""
    found = iter(verdicts([case for _, case in drafts if case], corpus=corpus))
    rows: list[ProposalRow] = []
    for row, case in drafts:
        verdict = next(found) if case else None
        rows.append(
            row._replace(refused_by=verdict.validator, found=verdict.found) if verdict else row
        )
    return rows


def write_review_page(file: Path, rows: Sequence[ProposalRow], *, field: str) -> None:
    """Writes the page on which a person decides on the proposals that all validators accept."""
    shown = [each for each in rows if not each.refused_by]
    data = {
        "key": f"review {state_key({'proposals': [each.proposal for each in shown]}, files=())}",
        "columns": list(ReviewRow._fields),
        "proposals": [
            {
                "proposal": each.proposal,
                "doi": each.doi,
                "section": each.journal_section,
                "published": each.published,
                "original": each.original_abstract,
                "altered": each.incorrect_abstract,
            }
            for each in shown
        ],
    }
    write_page(file, "review", title=f"Proposed cases of {field}", data=data)


def report(summary: ProposalSummary, *, page: Path) -> str:
    """What came out, in some lines."""
    lines = [f"{summary.num_accepted:,} of {summary.num_abstracts:,} abstracts gave a proposal"]
    lines += [f"{number:6,} refused by: {name}" for name, number in summary.refused.items()]
    if (use := summary.language_model) and summary.num_accepted:
        tokens = use.usage.prompt_tokens + use.usage.completion_tokens
        price = "" if use.cost is None else f" and {use.cost / summary.num_accepted:.4f}"
        lines.append(f"{tokens / summary.num_accepted:,.0f} tokens{price} for each proposal")
    return "\n".join([*lines, f"to review in a browser: {page}"])
