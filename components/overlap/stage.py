"""The overlap stage."""

from pathlib import Path

from components.formats.cases import read_benchmark
from components.formats.corpus import Split, documents
from components.formats.overlap import write_overlap
from components.overlap.search import Search, case_ngrams
from components.runtime.atomic import written_folder
from components.runtime.progress import Progress
from components.runtime.ranges import check_count

LONGEST_NGRAM = 10_000  # words, more than any abstract has
TRAINED_ON: Split = "train"  # the validation texts only measure perplexity


def overlap(*, cases: Path, corpus: Path, overlap: Path, ngram_length: int = 13) -> None:
    """Counts the word n-grams of each case that occur in the training corpus.

    Words are sequences of letters and digits, case-folded. N-grams do not span two documents.

    Args:
        cases: Folder of the cases: human.csv, machine.csv or both.
        corpus: Folder of the corpus; only its split train (train.jsonl, which may be compressed or
            Parquet) is searched, since models are not trained on the split validation.
        overlap: Output folder of cases.csv (counts per case) and metrics.json (totals).
        ngram_length: Length of an n-gram in words, 13 in Brown et al. 2020; a shorter abstract
            counts as one n-gram.

    Raises:
        InputError: The cases or the corpus are bad, or the length is out of range.
    """
    check_count("ngram_length", ngram_length, at_most=LONGEST_NGRAM)
    search = Search(case_ngrams(read_benchmark(cases), length=ngram_length))
    with Progress("search the corpus", total=None, unit="documents") as progress:
        for text in documents(corpus, TRAINED_ON):
            search.read(text)
            progress.advance()
    with written_folder(overlap) as folder:
        metrics = write_overlap(
            folder,
            search.overlaps(),
            ngram_length=ngram_length,
            num_documents=search.num_documents,
            num_words=search.num_words,
        )
    for author, clean in metrics.clean.items():
        num_cases = metrics.num_cases[author]
        print(f"{author}-made cases: {clean} of {num_cases} share no {ngram_length} words in a row")  # noqa: T201
