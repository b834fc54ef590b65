"""A case's versions as the original study reads them, including its quirks.

https://github.com/braingpt-lovelab/matching_experts, analyses/utils/data_utils.py.
"""

import re

from components.brainbench.sentences import sentences

CHOICE = re.compile(r"\[\[(.*?)\]\]")


def published_versions(combined: str) -> tuple[str, str]:
    """Original and altered version: the first two comma-separated parts of each choice.

    The text after a second comma is lost, brackets that do not close in the same line stay, and
    two choices of the same words count as one.

    Args:
        combined: Both versions in one text, each difference as `[[original, altered]]`.
    """
    original = altered = combined
    for inside in CHOICE.findall(combined):
        first, second, *_ = [part.strip() for part in inside.split(",")]
        original = original.replace(f"[[{inside}]]", first)
        altered = altered.replace(f"[[{inside}]]", second)
    return original, altered


def has_choice(sentence: str) -> bool:
    """Whether a sentence counts as one with a choice."""
    return "[[" in sentence and "]]" in sentence


def published_sentences(combined: str) -> list[tuple[str, str]]:
    """Original and altered version of every sentence with a choice."""
    return [published_versions(each) for each in sentences(combined) if has_choice(each)]
