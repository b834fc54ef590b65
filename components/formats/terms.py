"""Terms: the two vocabularies, and which of their terms belong to the field.

`pretrained.csv` and `domain.csv` hold each vocabulary's terms with their tags, `tags.jsonl` every
term with each tag it has, `common.txt`, `only_pretrained.txt` and `only_domain.txt` the terms of
both or only one, `metrics.json` how much the vocabularies share. The tags are also there as the
original study's were published, a line `term, tag` each.
"""

import json
import operator
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pydantic import FiniteFloat, NonNegativeInt

from components.formats.json_file import Number, read_json, read_text, write_record
from components.formats.table import read_rows, write_rows
from components.runtime.errors import InputError

Vocabulary = Literal["pretrained", "domain"]
VOCABULARIES: tuple[Vocabulary, ...] = get_args(Vocabulary)
Part = Literal["pretrained", "both", "domain"]  # only in one vocabulary, or in both
METRICS = "metrics.json"
ANSWERS: dict[Vocabulary, str] = {  # the names of the original study's files
    "pretrained": "pretrain_filtered__neuro_term_tagging_results.txt",
    "domain": "neuro_filtered__neuro_term_tagging_results.txt",
}
Tag = Literal["yes", "no", "filtered"]
TAGS: tuple[Tag, ...] = get_args(Tag)


class TaggedTerm(NamedTuple):
    """A term and what a tagger says of it; one row of `pretrained.csv` and `domain.csv`."""

    term: str  # a token without its leading space, in lower case
    domain_count: NonNegativeInt | None  # None where nothing was counted, like the next two
    general_count: NonNegativeInt | None
    keyness: FiniteFloat | None  # signed log-likelihood of the two counts
    tag: Tag  # whether the term belongs to the field; `filtered` where the tagger refused to say


@dataclass(frozen=True)
class TokenUsage:
    """Tokens that calls of a language model cost."""

    prompt_tokens: NonNegativeInt = 0  # cached ones included
    cached_tokens: NonNegativeInt = 0  # of prompts
    completion_tokens: NonNegativeInt = 0  # reasoning included
    reasoning_tokens: NonNegativeInt = 0

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(*map(operator.add, astuple(self), astuple(other)))

    def __sub__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(*map(operator.sub, astuple(self), astuple(other)))


@dataclass(frozen=True)
class LanguageModelUse:
    """Which language model tagged the terms, and what that cost."""

    model: str  # the answering model's id, as the endpoint returned it
    asked: str  # the model's name, as it was asked for
    profile: str  # how it was asked
    num_calls: NonNegativeInt  # answered calls, those of interrupted runs included
    num_unanswered: NonNegativeInt  # questions to which it gave no answer that could be read
    usage: TokenUsage
    cost: Number | None  # in the currency of the prices; None where they are unknown


@dataclass(frozen=True)
class VocabularyMetrics:
    """The vocabularies of the pretrained and the domain tokenizer: `metrics.json`."""

    tagger: str  # what said which terms belong to the field
    vocabulary_size: dict[Vocabulary, NonNegativeInt]  # tokens of each
    shared_tokens: NonNegativeInt
    shared_share: Number  # the same as a share of the pretrained vocabulary, 0 to 1
    num_terms: dict[Vocabulary, NonNegativeInt]  # distinct terms of each
    shared_terms: NonNegativeInt
    domain_term_share: dict[Vocabulary, Number]  # of each one's tokens, 0 to 1
    num_contradictions: NonNegativeInt = 0  # terms of both that have another tag in each
    language_model: LanguageModelUse | None = None  # None for other taggers
    # Half-width of the 95 % interval of each share that follows from how often the tagger
    # contradicts itself; None where it tagged no term twice
    noise: dict[Vocabulary, Number] | None = None


def write_terms(
    folder: Path,
    vocabularies: Mapping[Vocabulary, Sequence[TaggedTerm]],
    *,
    distinct: Mapping[Vocabulary, Collection[str]],
    metrics: VocabularyMetrics,
) -> None:
    """Writes both vocabularies' tagged terms, and their `distinct` ones with or without a tag."""
    for name, terms in vocabularies.items():
        write_rows(folder / f"{name}.csv", TaggedTerm, terms)
    every = sorted({term for terms in vocabularies.values() for term in terms})
    lines = [{"term": each.term, "tag": each.tag, **each._asdict()} for each in every]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "tags.jsonl").write_text(text, encoding="utf-8")
    pretrained, domain = (set(distinct[name]) for name in VOCABULARIES)
    for file, chosen in (
        ("common", pretrained & domain),
        ("only_pretrained", pretrained - domain),
        ("only_domain", domain - pretrained),
    ):
        lines_of_terms = "".join(f"{term}\n" for term in sorted(chosen))
        (folder / f"{file}.txt").write_text(lines_of_terms, encoding="utf-8")
    for name, terms in vocabularies.items():
        # The published form cannot hold a term with a line break.
        whole = (each for each in sorted(terms) if len(each.term.splitlines()) == 1)
        answers = "".join(f"{each.term}, {each.tag}\n" for each in whole)
        (folder / ANSWERS[name]).write_text(answers, encoding="utf-8")
    write_record(folder / METRICS, metrics)


def read_answers(file: Path) -> dict[str, Tag]:
    """The tags in a file of answers, by term.

    Raises:
        InputError: The file is missing, not UTF-8 or empty, a line is not `term, answer`, or a
            term comes twice.
    """
    found: dict[str, Tag] = {}
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        where = f"{file}, line {number}"
        term, comma, answer = line.strip().rpartition(", ")
        tag = next((each for each in TAGS if each == answer), None)
        if not comma or tag is None:
            raise InputError(f"'{line}', expected a term, a comma and yes, no or filtered: {where}")
        if term in found:
            raise InputError(f"'{term}' a second time: {where}")
        found[term] = tag
    if not found:
        raise InputError(f"no answer in {file}: expected a line for each term")
    return found


def read_vocabulary_metrics(folder: Path) -> VocabularyMetrics:
    """How much the two vocabularies share.

    Raises:
        InputError: The file is missing or lacks a value, or the numbers contradict each other.
    """
    file = folder / METRICS
    metrics = read_json(file, VocabularyMetrics)
    tables = metrics.vocabulary_size, metrics.domain_term_share, metrics.noise
    for table in (each for each in tables if each is not None):
        if missing := [name for name in VOCABULARIES if name not in table]:
            raise InputError(f"no numbers of the {missing[0]} vocabulary in {file}")
    smallest = min(metrics.vocabulary_size.values())
    if not smallest or metrics.shared_tokens > smallest:
        found = f"{metrics.shared_tokens} shared tokens of {smallest} in {file}"
        raise InputError(f"{found}: expected vocabularies with tokens, and no more shared")
    if max(metrics.domain_term_share.values()) > 1:
        raise InputError(f"domain_term_share above 1 in {file}: expected 0 to 1")
    return metrics


def read_examples(folder: Path) -> dict[Part, list[str]]:
    """Terms of the field that are in one vocabulary or both, by part.

    They come by falling keyness, in random order (always the same) where that is not known. Terms
    with letters that the byte alphabet writes differently are left out, and those of both
    vocabularies with another tag in each.
    """
    rows = {
        name: {row.term: row for row in read_rows(folder / f"{name}.csv", TaggedTerm)}
        for name in VOCABULARIES
    }
    pretrained, domain = rows["pretrained"], rows["domain"]
    parts: dict[Part, list[TaggedTerm]] = {
        "pretrained": [row for term, row in pretrained.items() if term not in domain],
        "both": [row for term, row in domain.items() if term in pretrained],
        "domain": [row for term, row in domain.items() if term not in pretrained],
    }
    found: dict[Part, list[str]] = {}
    for part, some in parts.items():
        chosen = sorted(
            row
            for row in some
            if row.term.isascii()
            and all(each[row.term].tag == "yes" for each in rows.values() if row.term in each)
        )
        random.Random(part).shuffle(chosen)
        chosen.sort(key=lambda row: -(row.keyness or 0))
        found[part] = [row.term for row in chosen]
    return found
