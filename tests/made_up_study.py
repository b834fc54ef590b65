"""The inputs of a small made-up study: two variants, ten cases, tokenizers of 300 tokens."""

import math
from dataclasses import asdict
from pathlib import Path

from ruamel.yaml import YAML

from components.evidence.stage import evidence
from components.formats.audit import Cue, TellingWord, write_audit
from components.formats.cases import CaseRow, write_cases
from components.formats.field import Field, write_field
from components.formats.overlap import CaseOverlap, write_overlap
from components.formats.params import StudyVariant
from components.formats.participants import TrialRow, write_trials
from components.formats.readings import CaseReading, VersionReading, write_readings
from components.formats.scores import CONTEXTS, ReferenceText, Score, ScoringRecord, write_scores
from components.formats.terms import TaggedTerm, VocabularyMetrics, write_terms
from components.formats.training_record import EpochRecord, TrainingRecord
from components.tokenizer.bpe import train_bpe

NUM_CASES = {"human": 6, "machine": 4}
VARIANTS = {
    "tiny-untrained": StudyVariant("gpt2", "random", "pretrained", 0),
    "tiny-field": StudyVariant("gpt2", "random", "domain", 2),
}


def write_inputs(folder: Path) -> None:
    """Writes everything that the stages after the scoring read.

    The variant `tiny-field` is right in every case, `tiny-untrained` in none; only the former's
    tokens are recorded. The evidence is what its stage makes of these.
    """
    write_benchmark(folder / "brainbench")
    texts = [abstract("human", number, "rose") for number in range(20)]
    for name, corpus in (("pretrained", ["the other words of a general text"]), ("domain", texts)):
        place = folder / "tokenizers" / name
        place.mkdir(parents=True)
        train_bpe(corpus, vocabulary_size=300).save(str(place / "tokenizer.json"))
    for name, variant in VARIANTS.items():
        write_variant(folder / "scores" / name, variant)
    write_tokens(folder / "scores" / "tiny-field")
    write_vocabularies(folder / "terms")
    write_overlaps(folder / "overlap")
    write_cues(folder / "audit")
    trials = [
        trial(1, 20, 30, correct=True, case=1),
        trial(1, 80, 90, correct=False, case=2),
        trial(2, 40, 50, correct=True, case=1),
        trial(2, 60, 60, correct=True, case=3, author="machine"),
    ]
    write_trials(folder / "participants.csv", trials)
    notice = "Nothing here says anything about real brooks."
    write_field(folder / "field.json", Field("brook <lore>", made_up=True, notice=notice))
    write_params(folder / "params.yaml", VARIANTS)
    write_evidence(folder)
    out = "outs:\n- md5: 0123456789abcdef.dir\n  size: 12345\n  nfiles: 7\n  path: data\n"
    (folder / "data.dvc").write_text(out, encoding="utf-8")


def write_evidence(folder: Path) -> None:
    """Writes the evidence anew, after a change of cases or scores."""
    evidence(
        scores=folder / "scores",
        cases=folder / "brainbench",
        params=folder / "params.yaml",
        evidence=folder / "evidence",
    )


def statistics_arguments(inputs: Path, outputs: Path) -> dict[str, Path]:
    """The statistics stage's arguments for these inputs."""
    return {
        "scores": inputs / "scores",
        "cases": inputs / "brainbench",
        "participants": inputs / "participants.csv",
        "overlap": inputs / "overlap",
        "params": inputs / "params.yaml",
        "statistics": outputs / "statistics",
        "metrics": outputs / "metrics",
        "plots": outputs / "plots",
    }


def abstract(author: str, number: int, result: str) -> str:
    return (
        f"The glimmer of {author} sample {number} was measured in the quiet brook. "
        f"Under <b>moonlight</b> & rain the luminescence {result}, as µ-waves at $5 had shown."
    )


def write_benchmark(folder: Path) -> None:
    for author, count in NUM_CASES.items():
        rows = []
        for number in range(count):
            texts = [abstract(author, number, each) for each in ("rose", "fell", "[[rose, fell]]")]
            rows.append(CaseRow(doi(author, number), "Brooks", *texts))
        write_cases(folder / f"{author}.csv", rows)


def doi(author: str, number: int) -> str:
    return f"10.1/{author}.{number}"


def write_variant(folder: Path, variant: StudyVariant) -> None:
    """Writes the scores of a variant: a trained one is always right, an untrained one never."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [ReferenceText(number, 150, 110 + number, 30, 2.5 + number / 10) for number in range(8)]
    training = TrainingRecord(
        settings={"seed": 1},
        num_parameters=1000,
        num_training_tokens=2000 * variant.epochs,
        training_seconds=3.5 * variant.epochs,
        validation_perplexity=8.0,
        validation_bits_per_byte=1.5,
        epochs=tuple(EpochRecord(each + 1, 9, 2.0, 8.0, 1.5) for each in range(variant.epochs)),
        losses=tuple((1000 * (each + 1), 2.5 - each / 10) for each in range(2 * variant.epochs)),
        device="cpu",
        num_processes=1,
        versions={"python": "3.11.7", "torch": "2.13.0"},
    )
    record = ScoringRecord(
        protocol="corrected",
        prompt="",
        precision="float32",
        bits_per_byte={"full": {"human": 1.25, "machine": 1.3}},
        model=training,
    )
    right = variant.epochs > 0
    scores = {context: list(context_scores(context, right=right)) for context in CONTEXTS}
    write_scores(folder, scores, record=record, reference=texts)


def context_scores(context: str, *, right: bool):
    """A row a case, or two where sentences are scored."""
    low, high = (2.0, 3.0) if right else (3.0, 2.0)
    for author, count in NUM_CASES.items():
        for number in range(count):
            for sentence in (0, 1) if context == "isolated" else (None,):
                step = number / 10
                yield Score(
                    author=author,
                    case=number,
                    sentence=sentence,
                    doi=doi(author, number),
                    journal_section="Brooks",
                    original_perplexity=low + step,
                    altered_perplexity=high + 2 * step,
                    original_tokens=30,
                    altered_tokens=31,
                    correct=low + step < high + 2 * step,
                )


def write_tokens(folder: Path) -> None:
    """A token a word, each as likely as the text's perplexity says, the first not counted."""
    readings = []
    for row in context_scores("full", right=True):
        versions = [
            word_tokens(abstract(row.author, row.case, result), perplexity)
            for result, perplexity in (
                ("rose", row.original_perplexity),
                ("fell", row.altered_perplexity),
            )
        ]
        readings.append(CaseReading(row.author, row.case, *versions))
    write_readings(folder / "tokens.jsonl", readings)


def word_tokens(text: str, perplexity: float) -> VersionReading:
    ends = [end for end in range(1, len(text) + 1) if text[end : end + 1] in ("", " ")]
    return VersionReading(ends[:-1], ends[1:], [-math.log(perplexity)] * (len(ends) - 1))


def write_cues(folder: Path) -> None:
    """Writes an audit that warns of single words in human-made cases; there are few others."""
    folder.mkdir(parents=True, exist_ok=True)
    cues = [
        Cue("human", "single words", 0.8, 0.6, 0.9, 1, 6, 0.001, 0.006),
        Cue("human", "version A", 0.5, 0.3, 0.7, 0, 6, 1.0, 1.0),
        Cue("machine", "single words", 0.75, None, None, 0, 4, None, None),
        Cue("machine", "version A", 0.25, None, None, 0, 4, None, None),
    ]
    write_audit(folder, cues, [TellingWord("human", "single words", "rose", 0.5, 6, 0)])


def write_overlaps(folder: Path) -> None:
    rows = [
        CaseOverlap(
            author=author,
            case=number,
            doi=doi(author, number),
            ngrams=9,
            found=0 if number > 1 else 3,
            share=0.0 if number > 1 else 1 / 3,
            longest=0,
            result_ngrams=2,
            result_found=0,
            altered_ngrams=2,
            altered_found=0,
            document=None,
            clean=number > 1,
        )
        for author, count in NUM_CASES.items()
        for number in range(count)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_overlap(folder, rows, ngram_length=13, num_documents=20, num_words=400)


def write_vocabularies(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    the = TaggedTerm("the", 9, 9, 0.0, "no")
    own = [TaggedTerm("glimmer", 9, 0, 40.5, "yes"), TaggedTerm("brook", 5, 0, 50.0, "yes")]
    metrics = VocabularyMetrics(
        tagger="keyness",
        vocabulary_size={"pretrained": 300, "domain": 300},
        shared_tokens=270,
        shared_share=0.9,
        num_terms={"pretrained": 200, "domain": 210},
        shared_terms=150,
        domain_term_share={"pretrained": 0.02, "domain": 0.1},
    )
    tags = {"pretrained": [the], "domain": [the, *own]}
    distinct = {name: [each.term for each in some] for name, some in tags.items()}
    write_terms(folder, tags, distinct=distinct, metrics=metrics)


def trial(
    participant: int,
    expertise: float,
    confidence: float,
    *,
    correct: bool,
    case: int,
    author: str = "human",
) -> TrialRow:
    """A trial on a case, counted from 1."""
    return TrialRow(
        pid=str(participant),
        expertise=expertise,
        confidence=confidence,
        click_outside=None,
        correct=correct,
        rt=1000,
        abstract_id=case,
        journal_section=f"{author}_Brooks",
        click_slider=True,
        recognised=False,
    )


def write_params(file: Path, variants: dict[str, StudyVariant], *, seed: int = 1) -> None:
    rows = {name: asdict(each) for name, each in variants.items()}
    for row in rows.values():
        del row["name"]
    with file.open("w", encoding="utf-8") as out:
        YAML().dump({"seed": seed, "statistics": {"margin": 0.1}, "variants": rows}, out)
