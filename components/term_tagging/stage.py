"""The term tagging stage."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from components.formats.corpus import documents
from components.formats.tokenizer import read_tokenizer
from components.runtime.atomic import write_json, written_folder
from components.runtime.errors import InputError
from components.term_tagging.tagger import Tag, Tagger
from components.term_tagging.terms import distinct_terms, domain_term_share, judgeable_terms

VOCABULARIES = ("pretrained", "domain")


def term_tagging(
    *,
    tokenizers: Path,
    corpus: Path,
    terms: Path,
    tagger: Literal["keyness"] = "keyness",
    threshold: float = 15.13,
    smallest_ratio: float = 2.0,
) -> None:
    """Compares the two vocabularies and tags their terms that belong to the field.

    Args:
        tokenizers: Folder of the tokenizers pretrained/ and domain/.
        corpus: Folder of the corpora domain/ and general/; only training texts are counted.
        terms: Output folder of pretrained.csv and domain.csv (each vocabulary's terms with their
            tags), tags.jsonl (each term once) and metrics.json.
        tagger: Method that decides which terms belong to the field: log-likelihood keyness.
        threshold: Minimum keyness (log-likelihood) of a term of the field.
        smallest_ratio: Minimum ratio of a term's relative frequency in the field's corpus to that
            in the general corpus.

    Raises:
        InputError: A tokenizer or a corpus is bad, or the threshold or ratio is negative.
    """
    from components.term_tagging.keyness import KeynessTagger, word_counts

    if threshold < 0 or smallest_ratio < 0:
        found = f"threshold {threshold} and smallest_ratio {smallest_ratio}"
        raise InputError(f"{found}: expected neither below 0")
    vocabularies = {
        name: list(read_tokenizer(tokenizers / name).get_vocab()) for name in VOCABULARIES
    }
    chosen: Tagger = KeynessTagger(
        domain=word_counts(documents(corpus / "domain", "train")),
        general=word_counts(documents(corpus / "general", "train")),
        threshold=threshold,
        smallest_ratio=smallest_ratio,
    )
    asked = sorted(set().union(*map(judgeable_terms, vocabularies.values())))
    tags = list(chosen.tags(asked))
    metrics = {"tagger": tagger, **vocabulary_metrics(vocabularies, tags)}
    with written_folder(terms) as folder:
        lines = [{"term": tag.term, "tag": _word(tag), **tag.evidence} for tag in tags]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / "tags.jsonl").write_text(text, encoding="utf-8")
        for name, vocabulary in vocabularies.items():
            own = set(judgeable_terms(vocabulary))
            _write_table(folder / f"{name}.csv", [tag for tag in tags if tag.term in own])
        write_json(folder / "metrics.json", metrics)
    for name, share in metrics["domain_term_share"].items():
        print(f"{name} vocabulary: {share:.1%} of its tokens are terms of the field")  # noqa: T201


def vocabulary_metrics(vocabularies: dict[str, list[str]], tags: Sequence[Tag]) -> dict[str, Any]:
    """What two vocabularies share, and how much of each belongs to the field.

    Args:
        vocabularies: Tokens of `pretrained` and `domain`.
        tags: A tag for each of their judgeable terms.

    Returns:
        Numbers by name; shares from 0 to 1, of the pretrained vocabulary where both count.
    """
    tokens = {name: set(vocabulary) for name, vocabulary in vocabularies.items()}
    terms = {name: set(distinct_terms(vocabulary)) for name, vocabulary in vocabularies.items()}
    domain_terms = {tag.term for tag in tags if tag.in_domain}
    shared = len(tokens["pretrained"] & tokens["domain"])
    return {
        "vocabulary_size": {name: len(each) for name, each in tokens.items()},
        "shared_tokens": shared,
        "shared_share": shared / len(tokens["pretrained"]),
        "num_terms": {name: len(each) for name, each in terms.items()},
        "shared_terms": len(terms["pretrained"] & terms["domain"]),
        "domain_term_share": {
            name: domain_term_share(each, domain_terms) for name, each in tokens.items()
        },
    }


def _write_table(file: Path, tags: Sequence[Tag]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["term", *tags[0].evidence, "tag"])
        writer.writerows([tag.term, *tag.evidence.values(), _word(tag)] for tag in tags)


def _word(tag: Tag) -> str:
    return "yes" if tag.in_domain else "no"
