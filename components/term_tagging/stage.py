"""The term tagging stage."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

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
from components.term_tagging.terms import distinct_terms, domain_term_share, taggable_terms


def term_tagging(
    *,
    tokenizers: Path,
    corpus: Path,
    terms: Path,
    tagger: Literal["keyness"] = "keyness",
    threshold: float = 15.13,
    min_ratio: float = 2.0,
) -> None:
    """Compares the two vocabularies and tags their terms that belong to the field.

    Args:
        tokenizers: Folder of the tokenizers pretrained/ and domain/.
        corpus: Folder of the corpora domain/ and general/; only training texts are counted.
        terms: Output folder of pretrained.csv and domain.csv (each vocabulary's terms with their
            tags), tags.jsonl (each term once) and metrics.json.
        tagger: Method that decides which terms belong to the field: log-likelihood keyness.
        threshold: Minimum keyness (log-likelihood) of a term of the field.
        min_ratio: Minimum ratio of a term's relative frequency in the field's corpus to that
            in the general corpus.

    Raises:
        InputError: A tokenizer or a corpus is bad, or the threshold or ratio is negative.
    """
    from components.term_tagging.keyness import KeynessTagger, word_counts

    if threshold < 0 or min_ratio < 0:
        found = f"threshold {threshold} and min_ratio {min_ratio}"
        raise InputError(f"{found}: expected neither below 0")
    vocabularies: dict[Vocabulary, list[str]] = {
        name: list(read_tokenizer(tokenizers / name).get_vocab()) for name in VOCABULARIES
    }
    chosen = KeynessTagger(
        domain=word_counts(documents(corpus / "domain", "train")),
        general=word_counts(documents(corpus / "general", "train")),
        threshold=threshold,
        min_ratio=min_ratio,
    )
    own = {name: set(taggable_terms(each)) for name, each in vocabularies.items()}
    tags = list(chosen.tags(sorted(set().union(*own.values()))))
    metrics = vocabulary_metrics(vocabularies, tags, tagger=tagger)
    with written_folder(terms) as folder:
        write_terms(
            folder,
            {name: [tag for tag in tags if tag.term in each] for name, each in own.items()},
            metrics=metrics,
        )
    for name, share in metrics.domain_term_share.items():
        print(f"{name} vocabulary: {share:.1%} of its tokens are terms of the field")  # noqa: T201


def vocabulary_metrics(
    vocabularies: Mapping[Vocabulary, Sequence[str]], tags: Sequence[TaggedTerm], *, tagger: str
) -> VocabularyMetrics:
    """What two vocabularies share, and how much of each belongs to the field.

    Args:
        vocabularies: Tokens of `pretrained` and `domain`.
        tags: A tag for each of their terms.
        tagger: What made the tags.
    """
    tokens = {name: set(vocabulary) for name, vocabulary in vocabularies.items()}
    terms = {name: set(distinct_terms(vocabulary)) for name, vocabulary in vocabularies.items()}
    domain_terms = {each.term for each in tags if each.tag == "yes"}
    shared = len(tokens["pretrained"] & tokens["domain"])
    return VocabularyMetrics(
        tagger=tagger,
        vocabulary_size={name: len(each) for name, each in tokens.items()},
        shared_tokens=shared,
        shared_share=shared / len(tokens["pretrained"]),
        num_terms={name: len(each) for name, each in terms.items()},
        shared_terms=len(terms["pretrained"] & terms["domain"]),
        domain_term_share={
            name: domain_term_share(each, domain_terms) for name, each in tokens.items()
        },
    )
