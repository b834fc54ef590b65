"""What a tagger is: it says of terms whether they belong to the field."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Tag(NamedTuple):
    """A tagger's word on one term.

    Attributes:
        term: The term, as `terms.term` writes it.
        in_domain: Whether it belongs to the field.
        evidence: What that rests on, by name.
    """

    term: str
    in_domain: bool
    evidence: dict[str, float]


class Tagger(Protocol):
    """Says of terms whether they belong to the field."""

    def tags(self, terms: Sequence[str]) -> Iterator[Tag]:
        """A tag for each term, in order.

        Args:
            terms: Terms, each once.
        """
