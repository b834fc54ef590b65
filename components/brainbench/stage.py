"""The BrainBench stage."""

from pathlib import Path
from typing import Literal

from components.brainbench.protocol import ProtocolName, make_protocol
from components.brainbench.questions import make_questions
from components.formats.cases import Author, Case, read_benchmark
from components.formats.scores import Context, ScoringRecord
from components.formats.training_record import read_training_record
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError


def brainbench(
    *,
    model: str,
    cases: Path,
    scores: Path,
    tokenizer: Path | None = None,
    corpus: Path | None = None,
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
    """Lets a model choose between original and altered abstract in every case.

    Args:
        model: Folder of the model, or its id on the Hub.
        cases: Folder with human.csv and machine.csv: the cases that either made.
        scores: Where a CSV file of perplexities for each context, tokens.jsonl (how likely every
            token is), published/ (the perplexities in the published layout), reference.csv and
            metrics.json are written.
        tokenizer: Folder of the model's tokenizer, where it does not lie beside the model.
        corpus: Folder of the field's corpus, whose validation documents are scored as texts that
            the model was not trained on; none are without it.
        revision: Branch, tag or commit of a model on the Hub.
        protocol: corrected, or faithful: as published, its prompt and quirks included.
        prompt: What the model reads in front of every text in the corrected protocol; it is not
            averaged over.
        contexts: What of the abstracts is scored: full, isolated (each sentence that holds a
            choice for itself) or swapped (such sentences replaced by ones from other abstracts).
        authors: Whose cases.
        precision: Of the weights and of what is computed, but for the corrected protocol's
            probabilities, which are float32.
        device: auto spreads the model over all GPUs, and what they cannot hold over the CPU.
        tokens_at_once: Tokens of a forward pass, at the most; what suits the device without it.
        seed: Of swapping and of the published order of A and B; 42 as published.

    Raises:
        InputError: The model or the cases are bad, nothing is asked for, a text is too long or too
            short for the model, or a perplexity is not finite.
    """
    if not contexts or not authors:
        raise InputError("no contexts or no authors: expected at least one of each")
    manner = make_protocol(protocol, prompt=prompt)
    benchmark = _benchmark(cases, authors)
    asked = make_questions(benchmark, contexts=contexts, faithful=manner.faithful, seed=seed)

    import torch

    from components.brainbench.fast_layers import use_fast_layers
    from components.brainbench.judge import Judge
    from components.brainbench.model_folder import model_folder
    from components.brainbench.reference import make_reference, reference_texts
    from components.brainbench.results import answers_to, by_context, write_answers
    from components.brainbench.scores import print_accuracy
    from components.formats.model import read_model, read_model_tokenizer

    lengths = [len(case.original) for made in benchmark.values() for case in made]
    reference = reference_texts(corpus, lengths) if corpus else []
    folder = model_folder(model, revision=revision)
    network = read_model(
        folder,
        dtype=getattr(torch, precision),
        device_map="auto" if device == "auto" and torch.cuda.is_available() else "cpu",
    )
    cutter = read_model_tokenizer(tokenizer or folder, model=network)
    if not manner.faithful:
        use_fast_layers(network)
    judge = Judge(network, cutter, manner, tokens_at_once)
    answers, rest = answers_to(asked, reference, judge=judge)
    record = ScoringRecord(
        protocol=protocol,
        prompt=manner.prompt,
        precision=precision,
        accuracy=by_context(answers, lambda each: each.accuracy),
        num_pairs=by_context(answers, lambda each: len(each.questions.pairs)),
        bits_per_byte=by_context(answers, lambda each: each.bits_per_byte),
        model=read_training_record(folder),
    )
    texts = [
        make_reference(number, text, reading)
        for number, (text, reading) in enumerate(zip(reference, rest, strict=True))
    ]
    with written_folder(scores) as partial:
        write_answers(partial, answers, record=record, reference=texts, seed=seed)
    print_accuracy(record.accuracy)


def _benchmark(cases: Path, authors: tuple[Author, ...]) -> dict[Author, list[Case]]:
    found = read_benchmark(cases)
    for author in authors:
        if author not in found:
            raise InputError(f"no {author}-made cases: expected {cases / author}.csv")
    return {author: found[author] for author in dict.fromkeys(authors)}
