"""The BrainBench stage."""

import sys
from pathlib import Path
from typing import Literal

from components.brainbench.protocol import ProtocolName, make_protocol
from components.brainbench.questions import make_questions, print_accuracy
from components.formats.cases import Author, first_of_abstracts, read_benchmark
from components.formats.field import read_field
from components.formats.scores import Context
from components.formats.training_record import read_training_record
from components.runtime.atomic import check_output, written_folder
from components.runtime.errors import InputError
from components.runtime.gpus import check_gpus
from components.runtime.hub import hub_errors, hub_repository
from components.runtime.ranges import check_count, check_seed

# Downloaded files of a model on the Hub: never a pickle, never code.
MODEL_FILES = ["*.json", "*.safetensors"]


def brainbench(
    *,
    model: str,
    cases: Path,
    scores: Path,
    tokenizer: Path | None = None,
    corpus: Path | None = None,
    field: Path | None = None,
    revision: str | None = None,
    protocol: ProtocolName = "corrected",
    prompt: str = "",
    contexts: tuple[Context, ...] = ("full",),
    authors: tuple[Author, ...] = ("human",),
    precision: Literal["float32", "bfloat16", "float16"] = "float32",
    device: Literal["auto", "cpu"] = "auto",
    tokens_at_once: int | None = None,
    seed: int = 42,
) -> None:
    """Scores the original and the altered version of every case by a model's perplexity.

    Args:
        model: Folder of the model, or its id on the Hugging Face Hub.
        cases: Folder of the cases: human.csv, machine.csv or both.
        scores: Output folder: perplexities (one CSV file per context), tokens.jsonl
            (log-probability of every token), published/ (perplexities in the published layout),
            reference.csv, metrics.json and, for a model trained here, README.md: its card with
            these results.
        tokenizer: Folder of the model's tokenizer; by default the model's folder.
        corpus: Folder of the field's corpus, whose validation documents are scored as texts that
            the model was not trained on; by default none are scored. Those that the model cannot
            score are left out and counted.
        field: Path of field.json, which says on the model's card what the study is about.
        revision: Branch, tag or commit of a model on the Hub.
        protocol: Scoring protocol: corrected, or faithful with the published prompt and quirks.
        prompt: Text in front of every scored text in the corrected protocol; excluded from the
            average.
        contexts: Texts to score: full (whole abstracts), isolated (single sentences with a choice)
            or swapped (abstracts whose sentences with a choice come from other abstracts).
        authors: Case sets to score: human-made, machine-made or both.
        precision: Precision of weights and computation; log-probabilities are float32 in the
            corrected protocol.
        device: Device: auto spreads the model over all GPUs and, if they are too small, the CPU.
        tokens_at_once: Maximum tokens per forward pass; by default it depends on the device.
        seed: Random seed of swapping and of the published order of A and B; 42 as published.

    Raises:
        InputError: The model or the cases are bad, no context or no author is given, a text is too
            long or too short for the model, or a perplexity is not finite.
    """
    if not contexts or not authors:
        raise InputError("no contexts or no authors: expected at least one of each")
    check_output(scores)
    check_seed(seed)
    if tokens_at_once is not None:
        check_count("tokens_at_once", tokens_at_once)
    about = read_field(field) if field else None
    scoring = make_protocol(protocol, prompt=prompt)
    benchmark = read_benchmark(cases, authors=authors)
    questions = make_questions(
        benchmark,
        contexts=tuple(dict.fromkeys(contexts)),
        faithful=scoring.faithful,
        seed=seed,
    )

    import torch

    from components.brainbench.fast_layers import use_fast_layers
    from components.brainbench.reference import reference_texts, scored_texts
    from components.brainbench.results import answers_to, write_answers
    from components.brainbench.scorer import Scorer
    from components.formats.model import read_model, read_model_tokenizer
    from components.formats.model_card import CardResult, write_model_card

    every = [case for made in benchmark.values() for case in made]
    lengths = [len(every[place].original) for place in first_of_abstracts(every)]
    reference = reference_texts(corpus, lengths) if corpus else []
    folder = _model_folder(model, revision=revision)
    if device == "auto":
        check_gpus(torch.cuda.device_count())
    network = read_model(
        folder,
        dtype=getattr(torch, precision),
        device_map="auto" if device == "auto" and torch.cuda.is_available() else "cpu",
    )
    loaded = read_model_tokenizer(tokenizer or folder, model=network)
    if not scoring.faithful:
        use_fast_layers(network)
    scorer = Scorer(network, loaded, scoring, tokens_at_once)
    answers, readings = answers_to(questions, [each.text for each in reference], scorer=scorer)
    texts = list(scored_texts(reference, readings))
    left_out = len(reference) - len(texts) if corpus else None
    trained = read_training_record(folder)
    how = {"protocol": protocol, "prompt": scoring.prompt, "precision": precision}
    with written_folder(scores) as partial:
        record = write_answers(
            partial, answers, texts, seed=seed, reference_left_out=left_out, model=trained, **how
        )
        if trained:  # by this project
            accuracies = [
                CardResult(
                    each.title, "accuracy", record.accuracy[each.context][each.author], "accuracy"
                )
                for each in questions
            ]
            write_model_card(
                partial, trained, name=Path(model).name, scores=accuracies, field=about
            )
    print_accuracy(record)


def _model_folder(name: str, *, revision: str | None) -> Path:
    """The local folder of a model; one on the Hub is downloaded into the Hub client's cache."""
    if Path(name).is_dir():
        if revision is not None:
            raise InputError(f"revision {revision} of the folder {name}: expected an id on the Hub")
        return Path(name)

    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    repository = hub_repository(name, revision=revision, kind="model")
    with hub_errors(name, revision=repository.revision, kind="model"):
        place = snapshot_download(name, revision=repository.revision, allow_patterns=MODEL_FILES)
    return Path(place)
