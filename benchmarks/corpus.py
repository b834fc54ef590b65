"""Speed and memory of building a corpus, by its size.

    python -m benchmarks.corpus --documents 10000 100000 --words 4000

Writes made-up articles in JATS, a thousand a file, every tenth of them an earlier one with some
words changed, and builds a corpus of them in a process of its own. Prints a line of Markdown for
each size. Exits with 1 where memory passes its bound, or a near-duplicate is missed.
"""

import gzip
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import cost, print_head, print_row
from components.formats.corpus import SPLITS, documents
from components.runtime.command_line import run

MEMORY = 1.0  # GiB: the bound
A_FILE = 1000  # articles
COPIED = 10  # every so many
CHANGED = 0.01  # of a copy's words; it then has about 90 % of its 5-grams
ARTICLE = """<article xml:lang="en"><front><article-meta>
<article-id pub-id-type="doi">10.1234/{number}</article-id><pub-date><year>{year}</year></pub-date>
<abstract><p>{abstract}</p></abstract></article-meta></front><body><sec><title>Results</title>{body}
</sec></body><back><ref-list><ref><mixed-citation>A reference.</mixed-citation></ref></ref-list>
</back></article>
"""


def corpus(*, documents: tuple[int, ...] = (10_000, 100_000), words: int = 4000) -> None:
    """Prints speed, memory and near-duplicates found for each size.

    Args:
        documents: Numbers of articles.
        words: Words of an article.
    """
    print_head(
        "articles", "words each", "XML, GB", "a CPU second", "peak memory, GiB", "copies found"
    )
    for number in documents:
        with tempfile.TemporaryDirectory() as folder:
            if not _measure(Path(folder), number, words):
                sys.exit(1)


def _measure(folder: Path, number: int, words: int) -> bool:
    papers = folder / "papers"
    papers.mkdir()
    size = 0
    for first in range(0, number, A_FILE):
        texts = (_article(each, words) for each in range(first, min(number, first + A_FILE)))
        content = f"<pmc-articleset>{''.join(texts)}</pmc-articleset>".encode()
        size += len(content)
        with gzip.open(papers / f"{first:09}.xml.gz", "wb", compresslevel=1) as file:
            file.write(content)
    flags = ["--sources", str(papers), "--corpus", str(folder / "corpus")]
    command = ["-m", "components.dataset", "corpus", *flags, "--state", str(folder / "state")]
    used = cost(command)
    kept = sum(1 for split in SPLITS for _ in documents(folder / "corpus", split))
    copies = (number - 1) // COPIED
    rate, found = f"{number / used.seconds:,.0f}", f"{number - kept:,} of {copies:,}"
    amount = f"{number:,}", f"{words:,}", f"{size / 1e9:.2f}"
    print_row(*amount, rate, f"{used.memory:.2f}", found)
    return used.memory <= MEMORY and number - kept == copies


def _article(number: int, words: int) -> str:
    copied = number and number % COPIED == 0
    text = list(_words(number // 2 | 1 if copied else number, words))
    if copied:
        draw = random.Random(number)
        for _ in range(round(words * CHANGED)):
            text[draw.randrange(words)] = "changed"
    abstract, body = " ".join(text[: words // 10]), text[words // 10 :]
    paragraphs = (" ".join(body[at : at + 100]) for at in range(0, len(body), 100))
    return ARTICLE.format(
        number=number,
        year=2000 + number % 20,
        abstract=abstract,
        body="".join(f"<p>{each} [<xref ref-type='bibr'>1</xref>].</p>" for each in paragraphs),
    )


def _words(seed: int, number: int) -> Iterator[str]:
    """Words that are as unevenly frequent as those of a language."""
    draw = random.Random(seed)
    return (f"word{int(1 / (draw.random() + 1e-5))}" for _ in range(number))


if __name__ == "__main__":
    run(corpus)
