"""A paper: an abstract that leaves open, at some places, what the world decides."""

from collections.abc import Iterable
from dataclasses import dataclass

from components.dataset.demo.world import Fact, World


@dataclass(frozen=True)
class Outcome:
    """A place in the text whose words depend on a fact.

    Attributes:
        fact: The fact that decides.
        words: What stands there where the fact is true, and where it is false.
    """

    fact: Fact
    words: tuple[str, str]

    def text(self, world: World) -> str:
        """What stands at this place in a world."""
        return self.words[0] if world[self.fact] else self.words[1]


@dataclass(frozen=True)
class Paper:
    """An abstract, written before its results are in.

    Attributes:
        section: The journal's section.
        parts: The text in its order: words that are fixed, and outcomes.
    """

    section: str
    parts: tuple[str | Outcome, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The places that depend on the world, in the order of the text."""
        return tuple(part for part in self.parts if isinstance(part, Outcome))

    def abstract(self, world: World) -> str:
        """The text as it reads in a world."""
        return "".join(part if isinstance(part, str) else part.text(world) for part in self.parts)

    def combined(self, world: World, *, altered: World) -> str:
        """The text as it reads in two worlds, each difference as `[[original, altered]]`."""
        return "".join(
            part if isinstance(part, str) else _either(part.text(world), part.text(altered))
            for part in self.parts
        )


def inverted(world: World, facts: Iterable[Fact]) -> dict[Fact, bool]:
    """A world like another, save for some facts."""
    return {**world, **{fact: not world[fact] for fact in facts}}


def _either(original: str, altered: str) -> str:
    return original if original == altered else f"[[{original}, {altered}]]"
