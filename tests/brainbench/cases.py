"""Small cases: each has a background sentence and two sentences with a choice."""

from components.formats import cases as formats
from components.formats.cases import Case, Choice


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
    formats.write_cases(file, [case.row for case in cases])
