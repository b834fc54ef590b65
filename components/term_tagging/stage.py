"""The term tagging stage."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from components.formats.absence import absence, write_absence
from components.formats.corpus import documents
from components.formats.field import read_field
from components.formats.params import LOCAL_ENDPOINT, LanguageModel, read_language_model
from components.formats.terms import (
    VOCABULARIES,
    LanguageModelUse,
    TaggedTerm,
    Vocabulary,
    VocabularyMetrics,
    write_terms,
)
from components.formats.tokenizer import read_tokenizer
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_range
from components.term_tagging.published import published_tags
from components.term_tagging.terms import (
    distinct_terms,
    domain_term_share,
    share_noise,
    taggable_terms,
    term_texts,
)


def term_tagging(
    *,
    tokenizers: Path,
    terms: Path,
    corpus: Path | None = None,
    answers: Path | None = None,
    field: Path | None = None,
    params: Path | None = None,
    tagger: Literal["keyness", "published", "language-model"] = "keyness",
    threshold: float = 15.13,
    min_ratio: float = 2.0,
    endpoint: str = LOCAL_ENDPOINT,
    model: str = "",
    profile: Literal["batched", "published"] = "batched",
    terms_per_call: int = 40,
    state: Path = Path(".state"),
) -> None:
    """Compares the two vocabularies and tags their terms that belong to the field.

    Args:
        tokenizers: Folder of the tokenizers pretrained/ and domain/.
        terms: Output folder of pretrained.csv and domain.csv (each vocabulary's terms with their
            tags), tags.jsonl (all of them), common.txt, only_pretrained.txt and only_domain.txt
            (terms of both vocabularies or one), metrics.json and the tags in the form of the
            original study's, which --answers reads.
        corpus: Folder of the corpora domain/ and general/, for keyness; only training texts are
            counted.
        answers: Folder of the original study's tags, for published.
        field: field.json with the field's name, for language-model.
        params: YAML file whose table language_models holds a row with limits and prices for the
            model; without it or the row, no limits, and the price is unknown.
        tagger: Method that decides which terms belong to the field: log-likelihood keyness, the
            published answers of GPT-4, or a language model that is asked now. Its key comes from
            the environment: OPENAI_API_KEY, or AZURE_OPENAI_API_KEY.
        threshold: Minimum keyness (log-likelihood) of a term of the field.
        min_ratio: Minimum ratio of a term's relative frequency in the field's corpus to that
            in the general corpus.
        endpoint: Base URL of a server with OpenAI's chat completions, for language-model; azure
            for the one in AZURE_OPENAI_ENDPOINT.
        model: Name of the language model, as the endpoint takes it.
        profile: How the language model is asked: batched, many terms a call, each once; or
            published, with the original study's prompt, one term a call, each vocabulary by
            itself.
        terms_per_call: Terms in a call of the batched profile.
        state: Folder of the language model's answers; they are kept, and not asked again.

    Raises:
        InputError: A tokenizer, a corpus or the answers are bad or missing, a number is out of
            range, or the language model gives no answers.
    """
    check_range("threshold", threshold, at_least=0)
    check_range("min_ratio", min_ratio, at_least=0)
    check_count("terms_per_call", terms_per_call, at_most=500)
    for part in (tokenizers, answers if tagger == "published" else None):
        if part and (reason := absence(part)):
            with written_folder(terms) as folder:
                write_absence(folder, reason)
            print(f"no vocabularies to compare: {reason}")  # noqa: T201
            return
    vocabularies: dict[Vocabulary, list[str]] = {
        name: list(read_tokenizer(tokenizers / name).get_vocab()) for name in VOCABULARIES
    }
    own = {name: taggable_terms(each) for name, each in vocabularies.items()}
    use: LanguageModelUse | None = None
    if tagger == "published":
        tags, label = published_tags(own, answers_dir=answers), "GPT-4, as published"
    elif tagger == "keyness":
        tags = _keyness_tags(own, corpus=corpus, threshold=threshold, min_ratio=min_ratio)
        label = "keyness"
    else:
        if not model:
            raise InputError("no model: expected --model, its name at the endpoint")
        if field is None:
            raise InputError("no field: expected --field, the file field.json")
        from components.term_tagging.language_model import language_model_tags, term_profile

        tags, use = language_model_tags(
            own,
            texts=term_texts(token for each in vocabularies.values() for token in each),
            profile=term_profile(profile, read_field(field).name, terms_per_call=terms_per_call),
            endpoint=endpoint,
            model=model,
            limits=read_language_model(params, model) if params else LanguageModel(),
            state=state,
        )
        label = use.model or model
        if profile == "published":
            label += " with the published prompt, not the paper’s GPT-4"
    metrics = _vocabulary_metrics(vocabularies, tags, tagger=label, language_model=use)
    distinct = {name: distinct_terms(each) for name, each in vocabularies.items()}
    with written_folder(terms) as folder:
        write_terms(folder, tags, distinct=distinct, metrics=metrics)
    for name, share in metrics.domain_term_share.items():
        print(f"{name} vocabulary: {share:.1%} of its tokens are terms of the field")  # noqa: T201
    if use and use.num_unanswered:
        print(  # noqa: T201
            f"{use.num_unanswered:,} terms have no tag: no answer of {use.model} could be read"
        )


def _keyness_tags(
    terms: Mapping[Vocabulary, Sequence[str]],
    *,
    corpus: Path | None,
    threshold: float,
    min_ratio: float,
) -> dict[Vocabulary, list[TaggedTerm]]:
    if corpus is None:
        raise InputError("no corpus: expected --corpus, the folder of domain/ and general/")
    from components.term_tagging.keyness import keyness_tags, word_counts

    domain, general = (
        word_counts(documents(corpus / name, "train")) for name in ("domain", "general")
    )
    return {
        name: keyness_tags(
            own, domain=domain, general=general, threshold=threshold, min_ratio=min_ratio
        )
        for name, own in terms.items()
    }


def _vocabulary_metrics(
    vocabularies: Mapping[Vocabulary, Sequence[str]],
    tags: Mapping[Vocabulary, Sequence[TaggedTerm]],
    *,
    tagger: str,
    language_model: LanguageModelUse | None,
) -> VocabularyMetrics:
    """What two vocabularies of tokens share, and how much of each belongs to the field."""
    tokens = {name: set(vocabulary) for name, vocabulary in vocabularies.items()}
    terms = {name: set(distinct_terms(vocabulary)) for name, vocabulary in vocabularies.items()}
    tagged = {name: {each.term: each.tag for each in some} for name, some in tags.items()}
    pretrained, domain = (tagged[name] for name in VOCABULARIES)
    shared = len(tokens["pretrained"] & tokens["domain"])
    twice = pretrained.keys() & domain.keys()
    contradictions = sum(pretrained[term] != domain[term] for term in twice)
    noise = None
    if contradictions:  # a tagger that gives a term one tag does not show its noise
        rate = contradictions / (2 * len(twice))
        noise = {name: share_noise(each, rate=rate) for name, each in tokens.items()}
    return VocabularyMetrics(
        tagger=tagger,
        vocabulary_size={name: len(each) for name, each in tokens.items()},
        shared_tokens=shared,
        shared_share=shared / len(tokens["pretrained"]),
        num_terms={name: len(each) for name, each in terms.items()},
        shared_terms=len(terms["pretrained"] & terms["domain"]),
        domain_term_share={
            name: domain_term_share(each, tagged[name]) for name, each in tokens.items()
        },
        num_contradictions=contradictions,
        language_model=language_model,
        noise=noise,
    )
