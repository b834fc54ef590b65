"""The term tagging stage."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from components.formats.absence import absence, write_absence
from components.formats.corpus import documents
from components.formats.terms import (
    VOCABULARIES,
    TaggedTerm,
    Vocabulary,
    VocabularyMetrics,
    write_terms,
)
from components.formats.tokenizer import read_tokenizer
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.ranges import check_range
from components.term_tagging.published import published_tags
from components.term_tagging.terms import distinct_terms, domain_term_share, taggable_terms

TAGGERS = {"keyness": "keyness", "published": "GPT-4, as published"}


def term_tagging(
    *,
    tokenizers: Path,
    terms: Path,
    corpus: Path | None = None,
    answers: Path | None = None,
    tagger: Literal["keyness", "published"] = "keyness",
    threshold: float = 15.13,
    min_ratio: float = 2.0,
) -> None:
    """Compares the two vocabularies and tags their terms that belong to the field.

    Args:
        tokenizers: Folder of the tokenizers pretrained/ and domain/.
        terms: Output folder of pretrained.csv and domain.csv (each vocabulary's terms with their
            tags), tags.jsonl (all of them), common.txt, only_pretrained.txt and only_domain.txt
            (terms of both vocabularies or one) and metrics.json.
        corpus: Folder of the corpora domain/ and general/, for keyness; only training texts are
            counted.
        answers: Folder of the original study's tags, for published.
        tagger: Method that decides which terms belong to the field: log-likelihood keyness, or
            the published answers of GPT-4.
        threshold: Minimum keyness (log-likelihood) of a term of the field.
        min_ratio: Minimum ratio of a term's relative frequency in the field's corpus to that
            in the general corpus.

    Raises:
        InputError: A tokenizer, a corpus or the answers are bad or missing, or the threshold or
            ratio is negative.
    """
    check_range("threshold", threshold, at_least=0)
    check_range("min_ratio", min_ratio, at_least=0)
    for part in (tokenizers, answers):
        if part and (reason := absence(part)):
            with written_folder(terms) as folder:
                write_absence(folder, reason)
            print(f"no vocabularies to compare: {reason}")  # noqa: T201
            return
    vocabularies: dict[Vocabulary, list[str]] = {
        name: list(read_tokenizer(tokenizers / name).get_vocab()) for name in VOCABULARIES
    }
    own = {name: taggable_terms(each) for name, each in vocabularies.items()}
    if tagger == "published":
        if answers is None:
            raise InputError("no answers: expected --answers, the folder of the published tags")
        tags = {name: published_tags(answers, name, terms=each) for name, each in own.items()}
    else:
        if corpus is None:
            raise InputError("no corpus: expected --corpus, the folder of domain/ and general/")
        tags = keyness_tags(own, corpus=corpus, threshold=threshold, min_ratio=min_ratio)
    metrics = vocabulary_metrics(vocabularies, tags, tagger=TAGGERS[tagger])
    distinct = {name: distinct_terms(each) for name, each in vocabularies.items()}
    with written_folder(terms) as folder:
        write_terms(folder, tags, distinct=distinct, metrics=metrics)
    for name, share in metrics.domain_term_share.items():
        print(f"{name} vocabulary: {share:.1%} of its tokens are terms of the field")  # noqa: T201


def keyness_tags(
    terms: Mapping[Vocabulary, Sequence[str]], *, corpus: Path, threshold: float, min_ratio: float
) -> dict[Vocabulary, list[TaggedTerm]]:
    """Each vocabulary's tags by keyness; a term has the same in both.

    Args:
        terms: Each vocabulary's terms.
        corpus: Folder of the corpora domain/ and general/.
        threshold: Minimum keyness of a term of the field.
        min_ratio: Minimum ratio of relative frequencies.

    Raises:
        InputError: A corpus is bad.
    """
    from components.term_tagging.keyness import KeynessTagger, word_counts

    chosen = KeynessTagger(
        domain=word_counts(documents(corpus / "domain", "train")),
        general=word_counts(documents(corpus / "general", "train")),
        threshold=threshold,
        min_ratio=min_ratio,
    )
    tags = list(chosen.tags(sorted(set().union(*terms.values()))))
    own = {name: set(each) for name, each in terms.items()}
    return {name: [tag for tag in tags if tag.term in each] for name, each in own.items()}


def vocabulary_metrics(
    vocabularies: Mapping[Vocabulary, Sequence[str]],
    tags: Mapping[Vocabulary, Sequence[TaggedTerm]],
    *,
    tagger: str,
) -> VocabularyMetrics:
    """What two vocabularies share, and how much of each belongs to the field.

    Args:
        vocabularies: Tokens of `pretrained` and `domain`.
        tags: Each one's tagged terms.
        tagger: What made the tags.
    """
    tokens = {name: set(vocabulary) for name, vocabulary in vocabularies.items()}
    terms = {name: set(distinct_terms(vocabulary)) for name, vocabulary in vocabularies.items()}
    tagged = {name: {each.term: each.tag for each in some} for name, some in tags.items()}
    domain_terms = {
        name: {term for term, tag in each.items() if tag == "yes"} for name, each in tagged.items()
    }
    pretrained, domain = (tagged[name] for name in VOCABULARIES)
    shared = len(tokens["pretrained"] & tokens["domain"])
    return VocabularyMetrics(
        tagger=tagger,
        vocabulary_size={name: len(each) for name, each in tokens.items()},
        shared_tokens=shared,
        shared_share=shared / len(tokens["pretrained"]),
        num_terms={name: len(each) for name, each in terms.items()},
        shared_terms=len(terms["pretrained"] & terms["domain"]),
        domain_term_share={
            name: domain_term_share(each, domain_terms[name]) for name, each in tokens.items()
        },
        num_contradictions=sum(
            pretrained[term] != domain[term] for term in pretrained.keys() & domain.keys()
        ),
    )
