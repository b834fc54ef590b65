"""The tables of people's choices: overall and of those who know most, and by section."""

from collections.abc import Mapping

from components.figures.results import Results
from components.figures.table import Column, Table
from components.formats.statistics import Accuracy, People

PEOPLE = (
    Column("whose", "whose trials"),
    Column("author", "cases made by"),
    Column("share", "right (95% interval)", "share"),
    Column("trials", "trials", "count"),
    Column("effective_trials", "worth as many independent ones", "count"),
    Column("abstracts_dropped", "abstracts without a trial", "count"),
)
SECTIONS = (
    Column("section", "section"),
    Column("author", "cases made by"),
    Column("who", "who"),
    Column("share", "right (95% interval)", "share"),
    Column("choices", "choices", "count"),
)


def people_table(results: Results) -> Table:
    """What people reached, all of them and those of most expertise."""
    rows = [
        [whose, author, share, share.total, round(share.effective_total), dropped]
        for author, found in results.study.authors.items()
        if found.people
        for whose, share, dropped in _groups(found.people)
        if share
    ]
    return Table(
        name="people",
        caption=(
            "What the experts reached, with intervals clustered by case and participant. The top"
            " fifth are the trials in which a participant says to know most about the abstract's"
            " topic: of each abstract's trials a fifth, rounded up with those who equal them"
            " (corrected), or rounded down with ties by the file's order (as published), by which"
            " abstracts with fewer than five trials drop out."
        ),
        columns=PEOPLE,
        rows=rows,
    )


def sections_table(results: Results) -> Table:
    """Everybody's accuracy by section of the journal."""
    rows: list[list[object]] = []
    for author, found in results.study.authors.items():
        everybody = {results.field.experts: found.people.sections} if found.people else {}
        tables: dict[str, Mapping[str, Accuracy]] = dict(everybody)
        tables |= {name: each.sections for name, each in found.models.items()}
        for section in sorted({name for table in tables.values() for name in table}):
            rows += [
                [section, author, who, table[section], table[section].total]
                for who, table in tables.items()
                if section in table
            ]
    return Table(
        name="sections",
        caption="Everybody's accuracy by section of the journal.",
        columns=SECTIONS,
        rows=rows,
    )


def _groups(people: People) -> list[tuple[str, Accuracy | None, int | None]]:
    return [
        ("all", people.share, None),
        ("top fifth, corrected", people.top.share, people.top.num_dropped),
        ("top fifth, as published", people.published_top.share, people.published_top.num_dropped),
    ]
