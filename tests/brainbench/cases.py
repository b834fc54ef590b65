"""Small cases: each has a background sentence and two sentences with a choice."""

import csv

from components.formats.cases import COLUMNS, Case, Choice


def make_case(number, *, section="Cells"):
    return Case(
        doi=f"10.5555/{number}",
        journal_section=section,
        literals=(
            f"Background {number}. In group {number} alpha ",
            f" the ratio. The beta of {number} ",
            " too.",
        ),
        brackets=("[[increased, decreased]]", "[[rose, fell]]"),
        choices=(Choice("increased", "decreased"), Choice("rose", "fell")),
    )


def make_cases(number, *, section="Cells", start=0):
    return [make_case(start + each, section=section) for each in range(number)]


def write_cases(file, cases):
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for case in cases:
            writer.writerow(
                [case.doi, case.journal_section, case.original, case.altered, case.combined]
            )
