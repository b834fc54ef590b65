"""The made-up field as a data folder: corpora, benchmark, participants; and newer abstracts."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from components.dataset.demo.benchmark import DOI, cases, trials
from components.dataset.demo.draws import Draws
from components.dataset.demo.general import general_texts
from components.dataset.demo.papers import paper
from components.dataset.demo.world import FIELD, World, balanced_world, lawless_world
from components.dataset.field import check_replaceable
from components.formats.cases import AUTHORS, Author, write_cases
from components.formats.corpus import SPLITS, write_documents
from components.formats.field import Field, write_field
from components.formats.participants import write_trials
from components.formats.proposals import AbstractRecord, write_abstracts
from components.runtime.atomic import folder_lock, written_folder
from components.runtime.ranges import check_count

NOTICE = (
    "This field is made up: its facts, papers, benchmark and participants come from a generator,"
    " python -m components.dataset demo."
)
NUM_CASES = {"human": 200, "machine": 100}  # as published
NUM_PAPERS = {"train": 3000, "validation": 100}
NUM_GENERAL_TEXTS = {"train": 1500, "validation": 60}
STREAMS = ("world", "human", "machine", "papers", "general", "participants", "lawless", "later")

Facts = Literal["true", "shuffled"]


def demo(*, data: Path = Path("data"), seed: int = 42, facts: Facts = "true") -> None:
    """Generates the data of a made-up field, the same bytes on every machine.

    The field has a small world of facts, papers about them, general texts that never mention them,
    a benchmark of new papers, and simulated participants. A model trained on the papers can learn
    the facts; one trained on the general texts cannot.

    Args:
        data: Output folder: absent, empty, or with an earlier made-up field, which is replaced.
        seed: Random seed of the facts and of every text.
        facts: With `shuffled`, each result in the papers is drawn at random, so that the papers
            say nothing about the benchmark, which stays the same.

    Raises:
        InputError: `data` holds anything other than a made-up field.
    """
    with folder_lock(data):
        check_replaceable(data, "a made-up field", lambda field: field.made_up)
        draws = _draws(seed)
        world = balanced_world(draws["world"])
        with written_folder(data) as folder:
            benchmark = _write_benchmark(folder, world, draws=draws)
            lawless = partial(lawless_world, draws["lawless"])
            worlds = lawless if facts == "shuffled" else lambda: world
            papers = _papers(worlds, excluded=benchmark, draws=draws["papers"])
            texts = general_texts(sum(NUM_GENERAL_TEXTS.values()), draws=draws["general"])
            for split in SPLITS:
                corpus = folder / "corpus"
                write_documents(corpus / "domain", split, islice(papers, NUM_PAPERS[split]))
                write_documents(corpus / "general", split, islice(texts, NUM_GENERAL_TEXTS[split]))
            source = f"components.dataset demo --seed {seed} --facts {facts}"
            field = Field(FIELD, made_up=True, notice=NOTICE, sources={".": source})
            write_field(folder / "field.json", field)
    print(f"{data}: the made-up field of {FIELD}, seed {seed}")  # noqa: T201


def _write_benchmark(folder: Path, world: World, *, draws: dict[str, Draws]) -> set[str]:
    """Writes cases and participants' trials, and returns every abstract of the cases."""
    abstracts: set[str] = set()
    sections: dict[Author, list[str]] = {}
    for author in AUTHORS:
        rows = list(cases(NUM_CASES[author], world=world, author=author, draws=draws[author]))
        sections[author] = [row.journal_section for row in rows]
        abstracts |= {row.original_abstract for row in rows}
        abstracts |= {row.incorrect_abstract for row in rows}
        write_cases(folder / "brainbench" / f"{author}.csv", rows)
    file = folder / "participants" / "participant_data.csv"
    write_trials(file, trials(sections, draws=draws["participants"]))
    return abstracts


def _papers(
    worlds: Callable[[], World], *, excluded: Collection[str], draws: Draws
) -> Iterator[str]:
    """Abstracts without end, each of the next world, all different and none of those excluded."""
    seen = set(excluded)
    while True:
        text = paper(draws).abstract(worlds())
        if text not in seen:
            seen.add(text)
            yield text


def demo_abstracts(*, abstracts: Path, number: int = 100, seed: int = 42) -> None:
    """Generates new abstracts of the made-up field, for propose-cases.

    Args:
        abstracts: Output file in JSON lines; what lies there is replaced.
        number: How many.
        seed: Random seed of the field's facts: that of its data.
    """
    check_count("number", number, at_most=100_000)
    draws = _draws(seed)
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


def _draws(seed: int) -> dict[str, Draws]:
    """A stream of draws for each purpose."""
    return {name: Draws(seed=seed, stream=place) for place, name in enumerate(STREAMS)}
