"""The two vocabularies: what they share, and how much of each belongs to the field."""

from dataclasses import dataclass
from pathlib import Path

from components.figures.record import read_json
from components.figures.rows import read_rows
from components.runtime.errors import InputError

TOKENIZERS = ("pretrained", "domain")
NUM_EXAMPLES = 8


@dataclass(frozen=True)
class Vocabularies:
    """The vocabularies of the pretrained and the domain tokenizer.

    Attributes:
        sizes: Tokens of each, by tokenizer.
        shared: Tokens that both hold.
        domain_term_share: Share of each one's tokens that are terms of the field, 0 to 1.
        tagger: Who said which terms belong to the field.
        examples: Terms of the field that only the domain vocabulary holds, by falling keyness.
    """

    sizes: dict[str, int]
    shared: int
    domain_term_share: dict[str, float]
    tagger: str
    examples: tuple[str, ...]

    @property
    def shared_share(self) -> float:
        """Share of the pretrained vocabulary's tokens that the domain one holds too, 0 to 1."""
        return self.shared / self.sizes["pretrained"]


def read_vocabularies(folder: Path) -> Vocabularies:
    """The vocabularies that the term tagging compared.

    Args:
        folder: Folder with pretrained.csv, domain.csv and metrics.json.

    Raises:
        InputError: A file is missing or lacks a value, or the numbers contradict each other.
    """
    metrics = read_json(folder / "metrics.json")
    sizes, shares = metrics.record("vocabulary_size"), metrics.record("domain_term_share")
    vocabularies = Vocabularies(
        sizes={name: sizes.integer(name) for name in TOKENIZERS},
        shared=metrics.integer("shared_tokens"),
        domain_term_share={name: shares.number(name) for name in TOKENIZERS},
        tagger=metrics.text("tagger"),
        examples=_examples(folder),
    )
    smallest = min(vocabularies.sizes.values())
    if not smallest or vocabularies.shared > smallest:
        found = f"{vocabularies.shared} shared tokens of {smallest} in {metrics.file}"
        raise InputError(f"{found}: expected vocabularies with tokens, and no more shared")
    if max(vocabularies.domain_term_share.values()) > 1:
        raise InputError(f"domain_term_share above 1 in {metrics.file}: expected 0 to 1")
    return vocabularies


def _examples(folder: Path) -> tuple[str, ...]:
    """The terms of the field that stand out most among those that only the domain one holds."""
    pretrained, domain = (
        read_rows(folder / f"{name}.csv", columns=("term", "keyness", "tag")) for name in TOKENIZERS
    )
    known = {row.text("term") for row in pretrained}
    own = [
        (-row.number("keyness"), row.text("term"))
        for row in domain
        if row.choice("tag", ("yes", "no")) == "yes" and row.text("term") not in known
    ]
    return tuple(term for _, term in sorted(own)[:NUM_EXAMPLES])
