"""What a corpus takes of a document, and the name of the reason for each that it leaves out."""

from functools import partial
from hashlib import blake2b
from pathlib import Path

from components.dataset.corpus.articles import MOST_BYTES
from components.dataset.corpus.documents import Document, Section, language_of, normalised_doi
from components.dataset.corpus.near_duplicates import keys
from components.dataset.corpus.state import NO_TEXT, PreparedDocument
from components.formats.cases import read_benchmark
from components.formats.corpus import Split
from components.formats.corpus_card import RemovedDocument
from components.formats.json_file import read_text
from components.formats.ngrams import finders, ngrams, words
from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_range, check_seed

LONGEST_NGRAM = 10_000  # words, more than any abstract has


class Selection:
    """The filters of a corpus and its split, by the flags of the same names.

    Raises:
        InputError: One of them, or a file, is bad.
    """

    def __init__(
        self,
        *,
        sections: tuple[Section, ...],
        years: str | None,
        languages: tuple[str, ...],
        dois: Path | None,
        without_dois: Path | None,
        benchmark: Path | None,
        ngram_length: int,
        validation_share: float,
        seed: int,
    ) -> None:
        check_count("ngram_length", ngram_length, at_most=LONGEST_NGRAM)
        check_range("validation_share", validation_share, at_least=0, below=1)
        check_seed(seed)
        self._sections = sections
        self._years = parse_years(years)
        self._languages = frozenset(filter(None, map(language_of, languages)))
        self._dois = read_dois(dois) if dois else None
        self._without_dois = read_dois(without_dois) if without_dois else frozenset[str]()
        benchmarks = read_benchmark(benchmark).values() if benchmark else ()
        cases = [case for each in benchmarks for case in each]
        self._benchmark_dois = frozenset(normalised_doi(case.doi) for case in cases) - {None}
        versions = (text for case in cases for text in (case.original, case.altered))
        # The rule is the overlap stage's: a case is clean if the corpus holds no n-gram of it.
        self._finders = finders(
            ngram for text in versions for ngram in ngrams(words(text), length=ngram_length)
        )
        self._validation_share = validation_share
        self._seed = seed

    def prepare(self, document: Document) -> PreparedDocument | RemovedDocument:
        """What the corpus takes of a document, or why it is left out.

        Raises:
            InputError: It is too long.
        """
        removed = partial(RemovedDocument, document.where, document.doi)
        if reason := self._reason(document):
            return removed(*reason)
        text = document.text(self._sections)
        if len(text) > MOST_BYTES:
            raise InputError(f"more than {MOST_BYTES >> 20} MiB in one document: {document.where}")
        found = words(text)
        for _, ngram in (match for finder in self._finders for match in finder.matches(found)):
            return removed("text of the benchmark", b" ".join(ngram).decode())
        if not found:
            return removed(NO_TEXT, None)
        return PreparedDocument(
            place=document.where,
            text=text,
            words=len(found),
            doi=document.doi,
            year=document.year,
            language=document.language,
            license=document.license,
            split=self._split(document.doi or text),
            keys=keys(found, doi=document.doi),
        )

    def _reason(self, document: Document) -> tuple[str, str | None] | None:
        """Why a document is left out by what is known of it, and what that is; None if it stays."""
        year, language, doi = document.year, document.language, document.doi
        if self._years and year is None:
            return "year unknown", None
        if self._years and not self._years[0] <= (year or 0) <= self._years[1]:
            return "other year", str(year)
        if self._languages and language is None:
            return "language unknown", None
        if self._languages and language not in self._languages:
            return "other language", language
        if self._dois is not None and doi not in self._dois:
            return "DOI not listed", None
        if doi in self._without_dois:
            return "DOI excluded", None
        return ("DOI of the benchmark", None) if doi in self._benchmark_dois else None

    def _split(self, identity: str) -> Split:
        """The split of a document, whatever other documents there are."""
        digest = blake2b(f"{self._seed}:{identity}".encode(), digest_size=8).digest()
        below = int.from_bytes(digest, "little") < self._validation_share * 2**64
        return "validation" if below else "train"


def parse_years(text: str | None) -> tuple[int, int] | None:
    """The first and the last year of `2002:2022`, `2002:`, `:2022` or `2002`.

    Raises:
        InputError: It is none of them, or the last is before the first.
    """
    if text is None:
        return None
    first, colon, last = text.partition(":")
    try:
        years = int(first or 0), int((last or 9999) if colon else first)
    except ValueError:
        years = (1, 0)
    if years[0] > years[1] or not text.strip(": "):
        raise InputError(f"years {text}: expected FIRST:LAST, like 2002:2022")
    return years


def read_dois(file: Path) -> frozenset[str]:
    """The DOIs of a file, one a line, with or without https://doi.org/.

    Raises:
        InputError: The file is missing or not UTF-8, holds none, or a line is none.
    """
    dois = set()
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if line.strip():
            doi = normalised_doi(line)
            if doi is None:
                raise InputError(
                    f"expected a DOI, found '{line.strip():.40}': {file}, line {number}"
                )
            dois.add(doi)
    if not dois:
        raise InputError(f"no DOI in {file}: expected one a line")
    return frozenset(dois)
