"""Speed and memory of the overlap stage.

    python -m benchmarks.overlap

The corpus has the word frequencies of a natural language (Zipf's law); some documents quote the
cases. The speed is compared with looking up every n-gram, which must find the same.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from pathlib import Path

from components.formats.cases import CaseRow, read_benchmark, write_cases
from components.formats.corpus import documents, write_documents
from components.formats.ngrams import Ngram
from components.overlap.search import Search, Versions, case_ngrams
from components.runtime.command_line import run

ROOT = Path(__file__).parents[1]
NGRAM_LENGTH = 13
NUM_CASES = 300
WORDS_PER_CASE = 240
WORDS_PER_DOCUMENT = 700  # as in 6 GB of 1.3 million documents
DOCUMENTS_PER_QUOTATION = 1000
ROUNDS = 3


def overlap(*, megabytes: int = 40) -> None:
    """Prints both speeds, the best of alternating rounds, and the peak memory for two corpora.

    Args:
        megabytes: Size of the corpus in MB.
    """
    size = megabytes * 10**6
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quotations = make_cases(folder / "brainbench")
        for corpus, bytes_ in (("corpus", size), ("quarter", size // 4)):
            write_documents(folder / corpus, "train", made_up(bytes_, quotations))
        versions = case_ngrams(read_benchmark(folder / "brainbench"), length=NGRAM_LENGTH)
        size_written = (folder / "corpus" / "train.jsonl").stat().st_size / 10**6
        seconds = compare(folder / "corpus", versions)
        print(f"{size_written:.0f} MB, {len(versions)} cases, best of {ROUNDS}")
        for way, taken in seconds.items():
            print(f"{way}: {size_written / taken:.0f} MB/s")
        print(f"ratio: {seconds['every n-gram'] / seconds['the stage']:.1f}")
        for corpus in ("quarter", "corpus"):
            size_read = (folder / corpus / "train.jsonl").stat().st_size / 10**6
            print(f"peak memory, {size_read:.0f} MB: {peak_memory(folder, corpus):.0f} MB")


def compare(corpus: Path, versions: list[Versions]) -> dict[str, float]:
    """Seconds of each method, the best of the rounds.

    Args:
        corpus: Folder of the corpus.
        versions: The n-grams of the cases.
    """
    ways: dict[str, Callable[[Path, list[Versions]], set[Ngram]]] = {
        "every n-gram": naive,
        "the stage": searched,
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        found = []
        for way, find in ways.items():
            started = time.perf_counter()
            found.append(find(corpus, versions))
            seconds[way].append(time.perf_counter() - started)
        assert found[0] == found[1]
        assert found[0]
    return {way: min(taken) for way, taken in seconds.items()}


def searched(corpus: Path, versions: list[Versions]) -> set[Ngram]:
    """The cases' n-grams that a corpus holds, found as the stage finds them."""
    search = Search(versions)
    for text in documents(corpus, "train"):
        search.read(text)
    return search.found


def naive(corpus: Path, versions: list[Versions]) -> set[Ngram]:
    """The same n-grams, found by looking up every n-gram of the corpus."""
    known = {gram for each in versions for gram in (*each.original, *each.altered)}
    by_words = {tuple(word.decode() for word in gram): gram for gram in known}
    found = set()
    for text in documents(corpus, "train"):
        words = re.findall(r"[^\W_]+", text.casefold())
        for gram in zip(*(words[start:] for start in range(NGRAM_LENGTH)), strict=False):
            if gram in by_words:
                found.add(by_words[gram])
    return found


def peak_memory(folder: Path, corpus: str) -> float:
    """Peak memory of the stage's program in MB."""
    paths = {"cases": "brainbench", "corpus": corpus, "overlap": "overlap"}
    flags = [word for flag, name in paths.items() for word in (f"--{flag}", str(folder / name))]
    command = [sys.executable, "-m", "components.overlap", *flags]
    process = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 10**6


def make_cases(folder: Path) -> list[str]:
    """Writes made-up cases and returns their originals."""
    folder.mkdir()
    originals = []
    stream = made_up_words(seed=1)
    rows = []
    for number in range(NUM_CASES):
        text = " ".join(islice(stream, WORDS_PER_CASE))
        ends = ("increased", "decreased", "[[increased, decreased]]")
        versions = [f"{text} {end}." for end in ends]
        rows.append(CaseRow(f"10.5555/{number}", "-", *versions))
        originals.append(text)
    write_cases(folder / "human.csv", rows)
    return originals


def made_up(size: int, quotations: list[str]) -> Iterator[str]:
    """Documents with a total size in bytes; one in a thousand quotes a case."""
    stream = made_up_words(seed=2)
    number = written = 0
    while written < size:
        text = " ".join(islice(stream, WORDS_PER_DOCUMENT))
        if number % DOCUMENTS_PER_QUOTATION == 0:
            text += " " + quotations[number // DOCUMENTS_PER_QUOTATION % NUM_CASES]
        number += 1
        written += len(text.encode())
        yield text


def made_up_words(*, seed: int) -> Iterator[str]:
    """Endless words, the n-th most frequent 1/n as often as the first, some with punctuation."""
    draw = random.Random(0)
    letters = "etaoinshrdlucmfwypvbgkqjxz"
    lengths = [min(2 + rank // 20, 4 + draw.randrange(9)) for rank in range(50_000)]
    vocabulary = ["".join(draw.choices(letters, k=length)) for length in lengths]
    endings = ["", "", "", "", "", "", "", "", "", ",", ".", " –", " (β)", "-"]
    weights = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    draw.seed(seed)
    while True:
        for word in draw.choices(vocabulary, cum_weights=weights, k=1000):
            yield word + draw.choice(endings)


if __name__ == "__main__":
    run(overlap)
