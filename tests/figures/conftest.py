"""Small made-up inputs of the figures stage: two variants, ten cases, a tokenizer of 300 tokens."""

import csv
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from components.figures import participants
from components.formats.field import Field
from components.figures.overlap import Overlap
from components.formats.participants import Trial
from components.formats.scores import Perplexities
from components.figures.results import study_results
from components.figures.scores import Manner
from components.formats.scores import VariantScores
from components.figures.stage import figures
from components.formats.terms import VOCABULARIES
from components.formats.cases import COLUMNS, Case, Choice
from components.formats.tokenizer import END_OF_TEXT, read_tokenizer

NUM_CASES = {"human": 6, "machine": 4}
VARIANTS = {
    "tiny-untrained": {"weights": "random", "tokenizer": "pretrained", "epochs": 0},
    "tiny-field": {"weights": "random", "tokenizer": "domain", "epochs": 2},
}
SCORE_COLUMNS = (
    "author",
    "case",
    "doi",
    "journal_section",
    "original_perplexity",
    "altered_perplexity",
    "original_tokens",
    "altered_tokens",
    "correct",
)


def abstract(author: str, number: int, result: str) -> str:
    return (
        f"The glimmer of {author} sample {number} was measured in the quiet brook. "
        f"Under <b>moonlight</b> & rain the luminescence {result}, as µ-waves at $5 had shown."
    )


def write_csv(file: Path, header, rows) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_json(file: Path, value) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")


def trained_tokenizer(texts, vocabulary_size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def write_cases(folder: Path) -> None:
    for author, count in NUM_CASES.items():
        rows = []
        for number in range(count):
            versions = [abstract(author, number, result) for result in ("rose", "fell")]
            both = abstract(author, number, "[[rose, fell]]")
            rows.append([f"10.1/{author}.{number}", "Brooks", *versions, both])
        write_csv(folder / f"{author}.csv", COLUMNS, rows)


def rows_of(context, correct):
    """A row a case, or two where sentences are scored: what is chosen is less perplexing."""
    low, high = (2.0, 3.0) if correct else (3.0, 2.0)
    for author, count in NUM_CASES.items():
        for number in range(count):
            for sentence in range(2 if context == "isolated" else 1):
                place = [author, number, *([sentence] if context == "isolated" else [])]
                doi = f"10.1/{author}.{number}"
                step = number / 10
                yield [*place, doi, "Brooks", low + step, high + 2 * step, 30, 31, correct]


def write_scores(folder: Path, variant: str, *, correct=1) -> None:
    epochs = VARIANTS[variant]["epochs"]
    final = {"validation_perplexity": 8.0, "validation_bits_per_byte": 1.5}
    for context in ("full", "isolated", "swapped"):
        columns = list(SCORE_COLUMNS)
        if context == "isolated":
            columns.insert(2, "sentence")
        write_csv(folder / variant / f"{context}.csv", columns, rows_of(context, correct))
    texts = [[number, 150, 110 + number, 30, 2.5 + number / 10] for number in range(8)]
    header = ("document", "num_bytes", "zlib_bytes", "tokens", "perplexity")
    write_csv(folder / variant / "reference.csv", header, texts)
    write_json(
        folder / variant / "metrics.json",
        {
            "protocol": "corrected",
            "prompt": "",
            "precision": "float32",
            "bits_per_byte": {"full": {"human": 1.25, "machine": 1.3}},
            "model": {
                "num_parameters": 1000,
                "num_training_tokens": 2000 * epochs,
                "training_seconds": 3.5 * epochs,
                "epochs": [
                    {"epoch": each + 1, "training_loss": 2.0, **final} for each in range(epochs)
                ],
                **final,
                "device": "cpu",
                "versions": {"python": "3.11.7", "torch": "2.13.0"},
            },
        },
    )


def write_tokens(folder: Path, variant: str) -> None:
    """A token a word, each as likely as the text's perplexity says, the first not counted."""
    with (folder / variant / "tokens.jsonl").open("w", encoding="utf-8") as out:
        for author, number, _, _, *perplexities, _, _, _ in rows_of("full", correct=True):
            line = {"author": author, "case": number}
            versions = zip(("original", "altered"), ("rose", "fell"), perplexities, strict=True)
            for name, result, perplexity in versions:
                text = abstract(author, number, result)
                ends = [end for end in range(1, len(text) + 1) if text[end : end + 1] in ("", " ")]
                line[name] = {
                    "starts": ends[:-1],
                    "ends": ends[1:],
                    "log_probabilities": [-round(math.log(perplexity), 6)] * (len(ends) - 1),
                }
            out.write(json.dumps(line) + "\n")


def write_overlap(folder: Path) -> None:
    rows = [
        [author, number, f"10.1/{author}.{number}", int(number > 1)]
        for author, count in NUM_CASES.items()
        for number in range(count)
    ]
    write_csv(folder / "cases.csv", ("author", "case", "doi", "clean"), rows)
    write_json(folder / "metrics.json", {"ngram_length": 13, "documents": 20})


def write_terms(folder: Path) -> None:
    header = ("term", "domain_count", "general_count", "keyness", "tag")
    write_csv(folder / "pretrained.csv", header, [("the", 9, 9, 0.0, "no")])
    rows = [("glimmer", 9, 0, 40.5, "yes"), ("the", 9, 9, 0.0, "no"), ("brook", 5, 0, 50.0, "yes")]
    write_csv(folder / "domain.csv", header, rows)
    write_json(
        folder / "metrics.json",
        {
            "tagger": "keyness",
            "vocabulary_size": {"pretrained": 300, "domain": 300},
            "shared_tokens": 270,
            "shared_share": 0.9,
            "num_terms": {"pretrained": 200, "domain": 210},
            "shared_terms": 150,
            "domain_term_share": {"pretrained": 0.02, "domain": 0.1},
        },
    )


def write_inputs(folder: Path) -> None:
    write_cases(folder / "brainbench")
    texts = [abstract("human", number, "rose") for number in range(20)]
    for name, corpus in (("pretrained", ["the other words of a general text"]), ("domain", texts)):
        place = folder / "tokenizers" / name
        place.mkdir(parents=True)
        trained_tokenizer(corpus, 300).save(str(place / "tokenizer.json"))
    for number, variant in enumerate(VARIANTS):
        write_scores(folder / "scores", variant, correct=number)
    write_tokens(folder / "scores", "tiny-field")  # the other's are not recorded
    write_terms(folder / "terms")
    write_overlap(folder / "overlap")
    trials = [(1, 20, 30, 1, "1.0", "human_Brooks", ""), (1, 80, 90, 0, "2.0", "human_Brooks", "")]
    trials += [(2, 40, 50, 1, "1.0", "human_Brooks", "")]
    trials += [(2, 60, 60, 1, "3.0", "machine_Brooks", "clicked")]
    header = (*participants.COLUMNS, "click_outside")
    write_csv(folder / "participants.csv", header, trials)
    notice = "Nothing here says anything about real brooks."
    field = {"name": "brook <lore>", "made_up": True, "notice": notice, "sources": {}}
    write_json(folder / "field.json", field)
    rows = "".join(
        f"  {name}: {{architecture: gpt2, weights: {row['weights']},"
        f" tokenizer: {row['tokenizer']}, epochs: {row['epochs']}}}\n"
        for name, row in VARIANTS.items()
    )
    text = f"seed: 1\nstatistics: {{margin: 0.1}}\nvariants:\n{rows}"
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    out = "outs:\n- md5: 0123456789abcdef.dir\n  size: 12345\n  nfiles: 7\n  path: data\n"
    (folder / "data.dvc").write_text(out, encoding="utf-8")


def stage_arguments(inputs: Path, outputs: Path) -> dict[str, Path]:
    return {
        "scores": inputs / "scores",
        "terms": inputs / "terms",
        "tokenizers": inputs / "tokenizers",
        "brainbench": inputs / "brainbench",
        "participants": inputs / "participants.csv",
        "overlap": inputs / "overlap",
        "field": inputs / "field.json",
        "params": inputs / "params.yaml",
        "data": inputs / "data.dvc",
        "figures": outputs / "figures",
        "report": outputs / "report.html",
        "statistics": outputs / "statistics",
        "evidence": outputs / "evidence",
        "metrics": outputs / "metrics",
        "plots": outputs / "plots",
    }


@pytest.fixture(scope="session")
def draw(run_stage):
    """Runs the stage as a user does: `draw(inputs, outputs)` returns the finished process."""

    def run(inputs, outputs, **environment):
        named = stage_arguments(inputs, outputs).items()
        flags = [each for name, path in named for each in (f"--{name}", path)]
        return run_stage("figures", *flags, env={**os.environ, **environment})

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory, draw):
    """The outputs of a run on the made-up inputs, standard output among them; read only."""
    folder = tmp_path_factory.mktemp("figures")
    write_inputs(folder / "inputs")
    process = draw(folder / "inputs", folder / "outputs", REVISION="v1-3-gabc", PYTHONHASHSEED="1")
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    (folder / "outputs" / "stdout.txt").write_text(process.stdout, encoding="utf-8")
    return folder / "outputs"


@pytest.fixture
def inputs(tmp_path):
    """Made-up inputs that a test may spoil."""
    write_inputs(tmp_path / "inputs")
    return tmp_path / "inputs"


@pytest.fixture
def run_here(inputs, tmp_path):
    """Runs the stage's function on the inputs within the test's own process."""
    return lambda: figures(**stage_arguments(inputs, tmp_path / "outputs"))


@pytest.fixture(scope="session")
def tokenizers(tmp_path_factory):
    """The two small tokenizers."""
    folder = tmp_path_factory.mktemp("tokenizers")
    write_inputs(folder)
    return {name: read_tokenizer(folder / "tokenizers" / name) for name in TOKENIZERS}


@pytest.fixture(scope="session")
def study_of(tmp_path_factory):
    """A study in memory: `study_of([variant, ...], {variant: right cases}, people=...)`.

    People are as many right and wrong trials on the first cases, each of another person.
    """
    params = tmp_path_factory.mktemp("study") / "params.yaml"
    params.write_text("seed: 1\nstatistics: {margin: 0.1}\n", encoding="utf-8")

    def make(variants, correct, *, people=(60, 40), num_cases=200, clean=0, made_up=False):
        cases = [
            Case(f"10.1/{number}", "Brooks", (f"Sample {number} ", "."), ("",), (Choice("a", "b"),))
            for number in range(num_cases)
        ]
        trials = [
            Trial(f"p{n}", "human", "Brooks", n % num_cases, 50.0, float(n % 7), n < people[0])
            for n in range(sum(people))
        ]
        return study_results(
            [_score(each, correct[each.name], num_cases) for each in variants],
            cases={"human": cases},
            trials=trials,
            overlap=Overlap({"human": np.arange(num_cases) < clean}, 13, 5),
            field=Field("brook lore", made_up=made_up, notice="", sources={}),
            params=params,
        )

    return make


def _score(variant, correct, num_cases):
    right = np.arange(num_cases) < correct
    surprise = 2 + np.arange(num_cases) % 10 / 10
    values = np.column_stack([surprise, np.where(right, surprise + 0.5, surprise - 0.5)])
    return Score(
        variant=variant,
        contexts={"full": {"human": Perplexities(values, np.arange(num_cases))}},
        manner=Manner("published", None, ""),
        bits_per_byte={},
        reference=np.empty((0, 2)),
        training=None,
    )
