"""The original study's tags: what GPT-4 answered about each term of each vocabulary.

https://github.com/braingpt-lovelab/matching_experts, analyses/token_results: a file a vocabulary,
a line `term, answer` each, the answer yes, no or, where the service refused it, filtered.
"""

from collections.abc import Collection
from pathlib import Path

from components.formats.json_file import read_text
from components.formats.terms import ANSWERS, TAGS, Tag, TaggedTerm, Vocabulary
from components.runtime.errors import InputError


def published_tags(
    answers_dir: Path, vocabulary: Vocabulary, *, terms: Collection[str]
) -> list[TaggedTerm]:
    """The tags of a vocabulary's terms, sorted; the counts are None.

    Each vocabulary was tagged by itself, and the answers about shared terms contradict each other,
    so the two must not be merged.

    Args:
        answers_dir: Folder of the two files.
        vocabulary: Which.
        terms: Its terms; the file may lack some, which then have no tag.

    Raises:
        InputError: The file is missing, not UTF-8 or empty, a line is not `term, answer`, a term
            comes twice or is not in the vocabulary.
    """
    file = answers_dir / ANSWERS[vocabulary]
    known, found = set(terms), read_answers(file)
    for term in found:
        if term not in known:
            raise InputError(f"'{term}' is no term of the {vocabulary} vocabulary: {file}")
    return sorted(TaggedTerm(term, None, None, None, tag) for term, tag in found.items())


def read_answers(file: Path) -> dict[str, Tag]:
    """The tags in a file of answers, by term.

    Raises:
        InputError: The file is missing, not UTF-8 or empty, a line is not `term, answer`, or a
            term comes twice.
    """
    found: dict[str, Tag] = {}
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        where = f"{file}, line {number}"
        term, comma, answer = line.strip().rpartition(", ")
        tag = next((each for each in TAGS if each == answer), None)
        if not comma or tag is None:
            raise InputError(f"'{line}', expected a term, a comma and yes, no or filtered: {where}")
        if term in found:
            raise InputError(f"'{term}' a second time: {where}")
        found[term] = tag
    if not found:
        raise InputError(f"no answer in {file}: expected a line for each term")
    return found
