"""Which sentences of an abstract state its results."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.formats.json_file import read_yaml

WORDS = read_yaml(Path(__file__).with_name("words.yaml"), dict[str, Any])
# What ends a sentence, save for abbreviations and initials, and what opens the next.
END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bet al)(?<!\bvs)(?<!\bcf)(?<!\bca)(?<!\bFig)(?<!\b[A-Z])"
    r"[.!?][\"”’)\]]*\s+(?=[\"“‘(\[]?[A-Z0-9])"
)
LABEL = re.compile(
    r"(?:^|(?<=[.!?]\s))([A-Z][A-Za-z]+(?:(?: and |, | & |/| )[A-Za-z]+){0,2})\s?:\s"
)
LABEL_OF_RESULTS = re.compile(r"(?i)result|finding|outcome|conclusion|interpretation|discussion")

Span = tuple[int, int]  # first character, and the one behind the last


def phrases(patterns: Sequence[str]) -> re.Pattern[str]:
    """A pattern for any of some regular expressions as whole words, in any case."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


STUDY, NO_RESULT, RESULT = (phrases(WORDS[name]) for name in ("study", "no_result", "result"))


def sentences(text: str) -> list[Span]:
    """The sentences of a text, each with the white space behind it."""
    starts = [0, *(match.end() for match in END.finditer(text))]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def result_sentences(text: str) -> list[Span]:
    """The sentences of an abstract that state results or conclude from them.

    In an abstract with labels ("Results: ...") those behind a label of results or conclusions.
    In others, those from the first on that speaks of the study or of what was found; save for
    sentences that say what was done or is known, unless they say what was found too. The words
    are those of `words.yaml`; docs/benchmark.md has what the rule is worth on published cases.
    """
    spans = sentences(text)
    labels = [(match.start(), match[1]) for match in LABEL.finditer(text)]
    if any(LABEL_OF_RESULTS.search(name) for _, name in labels):
        sections = [[name for start, name in labels if start < end][-1:] for _, end in spans]
        return [
            span
            for span, section in zip(spans, sections, strict=True)
            if section and LABEL_OF_RESULTS.search(section[0])
        ]
    texts = [text[start:end] for start, end in spans]
    opening = (n for n, each in enumerate(texts) if STUDY.search(each) or RESULT.search(each))
    first = next(opening, len(spans))
    return [
        span
        for number, (span, each) in enumerate(zip(spans, texts, strict=True))
        if number >= first and (RESULT.search(each) or not NO_RESULT.search(each))
    ]
