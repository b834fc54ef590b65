"""What a picture consists of, in SVG: boxes, arrows, a legend. Lengths are in pixels."""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from pipelines.picture.columns import Link, Place
from pipelines.picture.tasks import Task

BOX = 42.0  # height of a task
LEADING = 16.0
TIP = 8.0
INK, MUTED, RULE, PAPER = "#1B1F24", "#505050", "#8C8C8C", "#FFFFFF"
FILLS = {"models": "#D6E8F5", "analysis": "#FBE9C6"}
EDGES = {"models": "#0072B2", "analysis": "#B37400"}
GPU = "#004B76"
Spots = Mapping[Place, tuple[float, float]]  # upper left corners


def arrows(links: Sequence[Link], spots: Spots, wide: float) -> Iterator[str]:
    """Curves from column to column; where an arrow crosses a column, a straight line.

    Args:
        links: Places that arrows join.
        spots: Where each place is.
        wide: Width of a task.
    """
    yield (
        "<marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7'"
        f" orient='auto'><path d='M0 0.5 8 4 0 7.5Z' fill='{RULE}'/></marker>"
    )
    yield f"<g fill='none' stroke='{RULE}' stroke-width='1.4'>"
    for start, end in links:
        (x, y), (to_x, to_y) = spots[start], spots[end]
        x, y = x + wide, y + (BOX / 2 if start.is_task else 0)
        to_y += BOX / 2 if end.is_task else 0
        stop = to_x - TIP if end.is_task else to_x
        middle = (x + stop) / 2
        curve = f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {stop:.1f} {to_y:.1f}"
        straight = f"H{to_x if end.is_task else to_x + wide:.1f}"
        tip = " marker-end='url(#tip)'" if end.is_task else ""
        yield f"<path d='M{x:.1f} {y:.1f} {curve} {straight}'{tip}/>"
    yield "</g>"


def box(task: Task, lines: Sequence[str], *, x: float, y: float, width: float) -> Iterator[str]:
    """A task.

    Args:
        task: What it runs, and where.
        lines: Its title.
        x: Its left edge.
        y: Its upper edge.
        width: Its width.
    """
    yield f"<g transform='translate({x:.1f} {y:.1f})'>"
    yield f"<title>{escape(task.stage)}</title>"
    yield _frame(task.image, width, BOX, gpu=task.gpu)
    first = BOX / 2 + 4.5 - LEADING * (len(lines) - 1) / 2
    for number, line in enumerate(lines):
        middle = f"x='{width / 2:.1f}' y='{first + LEADING * number:.1f}'"
        yield f"<text {middle} text-anchor='middle'>{escape(line)}</text>"
    if task.gpu:
        yield from _badge(width - 30, -8)
    yield "</g>"


def _frame(image: str, width: float, height: float, *, gpu: bool) -> str:
    look = f"fill='{FILLS[image]}' stroke='{EDGES[image]}' stroke-width='{2 if gpu else 1}'"
    return f"<rect width='{width:.1f}' height='{height:g}' rx='{6 if gpu else 2}' {look}/>"


def _badge(x: float, y: float) -> Iterator[str]:
    yield f"<rect x='{x:.1f}' y='{y:g}' width='28' height='14' rx='7' fill='{GPU}'/>"
    where = f"x='{x + 14:.1f}' y='{y + 10.5:g}' text-anchor='middle' font-size='9.5'"
    yield f"<text {where} font-weight='600' fill='{PAPER}'>GPU</text>"


def legend(tasks: Sequence[Task], *, y: float) -> Iterator[str]:
    """What colours and badges mean, below y."""
    yield f"<g transform='translate(0 {y:.1f})' fill='{MUTED}' font-size='12'>"
    x = 0.0
    for image in sorted({task.image for task in tasks}, reverse=True):
        yield f"<g transform='translate({x:g} 0)'>{_frame(image, 22, 14, gpu=False)}</g>"
        yield f"<text x='{x + 30:g}' y='11'>image {image}</text>"
        x += 150
    if any(task.gpu for task in tasks):
        yield from _badge(x, 0)
        yield f"<text x='{x + 36:g}' y='11'>asks for GPUs (limit 0: runs on CPUs)</text>"
    yield "</g>"
