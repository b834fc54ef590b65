"""The original study's tags: what GPT-4 answered about each term of each vocabulary.

https://github.com/braingpt-lovelab/matching_experts, analyses/token_results: a file a vocabulary,
a line `term, answer` each, the answer yes, no or, where the service refused it, filtered.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from components.formats.terms import ANSWERS, TaggedTerm, Vocabulary, read_answers
from components.runtime.errors import InputError


def check_answers(answers_dir: Path) -> None:
    """Raises an `InputError` where the folder of the published tags is missing."""
    if not answers_dir.is_dir():
        command = "python -m components.dataset originals --parts tags"
        raise InputError(f"no published tags in {answers_dir}: get them with `{command}`")


def published_tags(
    terms: Mapping[Vocabulary, Collection[str]], *, answers_dir: Path | None
) -> dict[Vocabulary, list[TaggedTerm]]:
    """Each vocabulary's tags, sorted; a term that its file lacks has none.

    Each vocabulary was tagged by itself, and the answers about shared terms contradict each other,
    so the two must not be merged.

    Raises:
        InputError: A file is missing or bad, or a term is not in its vocabulary: another one was
            tagged.
    """
    if answers_dir is None:
        raise InputError("no answers: expected --answers, the folder of the published tags")
    check_answers(answers_dir)
    tags: dict[Vocabulary, list[TaggedTerm]] = {}
    for name, own in terms.items():
        file, known = answers_dir / ANSWERS[name], set(own)
        found = read_answers(file)
        if others := [term for term in found if term not in known]:
            raise InputError(
                f"'{others[0]}' is no term of the {name} vocabulary: {file}, expected the tags of"
                " this one"
            )
        tags[name] = sorted(TaggedTerm(term, None, None, None, tag) for term, tag in found.items())
    return tags
