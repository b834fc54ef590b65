"""The report: one HTML page that asks nothing of any other place."""

import base64
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from components.figures import table, wording
from components.figures.field import Field
from components.figures.picture import Picture
from components.figures.provenance import Provenance
from components.figures.style import NARROW, WIDE, styled, svg

TEMPLATE = "report.html.jinja"


def report(
    *,
    field: Field,
    sentences: Sequence[str],
    rows: Sequence[Sequence[str]],
    pictures: Sequence[Picture],
    provenance: Provenance,
) -> str:
    """The report as HTML, pictures inside it; every value is escaped.

    Args:
        field: What the study is about.
        sentences: What came out, the main result first.
        rows: The table of results, as `table.table_rows` gives it.
        pictures: The figures in their order; drawn anew for wide and for narrow screens.
        provenance: What was run.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"file_size": wording.file_size, "listing": wording.listing}
    return environment.get_template(TEMPLATE).render(
        field=field,
        sentences=sentences,
        columns=table.COLUMNS,
        rows=rows,
        pictures=[
            {"words": each, "wide": _address(each, WIDE), "narrow": _address(each, NARROW)}
            for each in pictures
        ],
        provenance=provenance,
    )


def _address(picture: Picture, width: float) -> str:
    """A picture as a data: URI."""
    with styled():
        content = base64.b64encode(svg(picture.draw(width))).decode("ascii")
    return f"data:image/svg+xml;base64,{content}"
