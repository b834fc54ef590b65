"""The graph of a compiled pipeline as a picture in SVG."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from components.artifact import written_file
from pipelines.kubeflow.compilation import COMPILED
from pipelines.picture.columns import Link, Place, columns_of, links_of
from pipelines.picture.heights import heights
from pipelines.picture.order import orders
from pipelines.picture.shapes import BOX, INK, PAPER, arrows, box, legend
from pipelines.picture.tasks import Task, read_tasks

PICTURE = Path("docs/pipeline.svg")
LINE = 15  # letters of a line, unless a word is longer
LETTER, PADDING = 7.3, 10.0  # pixels at the font's size
BETWEEN, GAP, BEND = 50.0, 12.0, 16.0  # columns, tasks, an arrow's bend and what is next to it
MARGIN, LEGEND = 16.0, 44.0
FONT = "system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"


def draw(*, compiled: Path = COMPILED, picture: Path = PICTURE) -> None:
    """Draws the tasks of a compiled pipeline, what each takes from which, and where each runs.

    The same pipeline makes the same bytes. The picture has a background of its own, to be read on
    light and dark pages.

    Args:
        compiled: The file that `python -m pipelines compile` wrote.
        picture: Where the picture is written, in SVG.

    Raises:
        InputError: The file is not there, or is no compiled pipeline.
    """
    tasks = read_tasks(compiled)
    with written_file(picture) as partial:
        partial.write_text("\n".join([*_svg(tasks), ""]), encoding="utf-8")
    print(f"{picture}: {len(tasks)} tasks")  # noqa: T201


def _svg(tasks: list[Task]) -> Iterator[str]:
    titles = {task.stage: _lines(task.title) for task in tasks}
    wide = 2 * PADDING + LETTER * max(len(line) for lines in titles.values() for line in lines)
    columns = columns_of(tasks)
    links = links_of(tasks, columns)
    tops = _tops(tasks, columns, links)
    spots = {place: (place.column * (wide + BETWEEN), top) for place, top in tops.items()}
    width = max(x for x, _ in spots.values()) + wide + 2 * MARGIN
    height = max(y + BOX * place.is_task for place, (_, y) in spots.items()) + 2 * MARGIN + LEGEND
    yield (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:.0f} {height:.0f}'"
        f" width='{width:.0f}' height='{height:.0f}' font-family='{FONT}' font-size='13'"
        f" fill='{INK}' role='img'>"
    )
    yield f"<title>The pipeline's {len(tasks)} tasks, and what each takes from which</title>"
    yield f"<rect width='{width:.0f}' height='{height:.0f}' rx='8' fill='{PAPER}'/>"
    yield f"<g transform='translate({MARGIN:g} {MARGIN:g})'>"
    yield from arrows(links, spots, wide)
    for task in tasks:
        x, y = spots[Place(task.stage, columns[task.stage])]
        yield from box(task, titles[task.stage], x=x, y=y, width=wide)
    yield from legend(tasks, y=height - 2 * MARGIN - 14)
    yield "</g>"
    yield "</svg>"


def _lines(title: str) -> list[str]:
    """A title in lines, no word cut."""
    longest = max(map(len, title.split()))
    return textwrap.wrap(title, max(LINE, longest), break_on_hyphens=False)


def _tops(tasks: list[Task], columns: dict[str, int], links: Sequence[Link]) -> dict[Place, float]:
    """How far down each task and each bend of an arrow begins."""
    places = dict.fromkeys(Place(task.stage, columns[task.stage]) for task in tasks)
    places |= dict.fromkeys(place for link in links for place in link)
    count = max(columns.values()) + 1
    unsorted = [[place for place in places if place.column == number] for number in range(count)]
    middles = heights(orders(unsorted, links), links, gap=_gap)
    halves = {place: BOX / 2 if place.is_task else 0 for place in middles}
    first = min(middle - halves[place] for place, middle in middles.items())
    return {place: middle - halves[place] - first for place, middle in middles.items()}


def _gap(upper: Place, lower: Place) -> float:
    """The least distance of the middles of two places that follow each other."""
    if upper.is_task and lower.is_task:
        return BOX + GAP
    return BOX / 2 + BEND if upper.is_task or lower.is_task else BEND
