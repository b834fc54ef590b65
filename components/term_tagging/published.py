"""The original study's tags: what GPT-4 answered about each term of each vocabulary.

https://github.com/braingpt-lovelab/matching_experts, analyses/token_results: a file a vocabulary,
a line `term, answer` each, the answer yes, no or, where the service refused it, filtered.
"""

from collections.abc import Collection
from pathlib import Path

from components.formats.terms import ANSWERS, TaggedTerm, Vocabulary, read_answers
from components.runtime.errors import InputError


def check_answers(answers_dir: Path) -> None:
    """Returns when the folder of the published tags is there.

    Raises:
        InputError: It is not.
    """
    if not answers_dir.is_dir():
        command = "python -m components.dataset originals --parts tags"
        raise InputError(f"no published tags in {answers_dir}: get them with `{command}`")


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
        InputError: The file is missing or bad, or a term is not in the vocabulary: another one was
            tagged.
    """
    file = answers_dir / ANSWERS[vocabulary]
    known, found = set(terms), read_answers(file)
    for term in found:
        if term not in known:
            raise InputError(
                f"'{term}' is no term of the {vocabulary} vocabulary: {file}, expected the tags of"
                " this one"
            )
    return sorted(TaggedTerm(term, None, None, None, tag) for term, tag in found.items())
