"""New abstracts of the made-up field, as published after its corpus: what new cases are made of."""

from pathlib import Path

from components.dataset.demo.abstracts import paper
from components.dataset.demo.cases import DOI
from components.dataset.demo.draws import Draws
from components.dataset.demo.world import balanced_world
from components.formats.proposals import AbstractRecord, write_abstracts
from components.runtime.ranges import check_count

STREAMS = {"world": 0, "later": 7}  # behind those of the demo's data


def demo_abstracts(*, abstracts: Path, number: int = 100, seed: int = 42) -> None:
    """Generates new abstracts of the made-up field, for propose-cases.

    Args:
        abstracts: Output file in JSON lines; what lies there is replaced.
        number: How many.
        seed: Random seed of the field's facts: that of its data.
    """
    check_count("number", number, at_most=100_000)
    draws = {name: Draws(seed=seed, stream=place) for name, place in STREAMS.items()}
    world = balanced_world(draws["world"])
    found: dict[str, AbstractRecord] = {}
    while len(found) < number:
        # A result a sentence, as in the demo's cases.
        written = paper(draws["later"], chance_of_a_joint=0)
        text = written.abstract(world)
        doi = f"{DOI}/later.{len(found) + 1}"
        found.setdefault(text, AbstractRecord(doi, text, "2026-01", written.section))
    write_abstracts(abstracts, found.values())
    print(f"{abstracts}: {number:,} abstracts of the made-up field, seed {seed}")  # noqa: T201
