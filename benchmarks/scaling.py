"""Validation loss and BrainBench accuracy by model size and number of training tokens.

    python -m benchmarks.scaling

Trains models of several sizes from random weights by a variant's recipe, each on several budgets of
tokens with a schedule of its own, and scores the human-made cases. By default it makes the demo's
field and varies the hidden size of its architecture. Another study names its architectures, and
where its tokens and cases are:

    python -m benchmarks.scaling --params params.paper.yaml --tokens artifacts/tokens/domain \
        --cases data/brainbench --architectures gpt2 gpt2-medium gpt2-large --recipe modern

Prints the table while it grows, and writes the page with its figure.
"""

import contextlib
import itertools
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter
from transformers import PreTrainedModel

from benchmarks.models import (
    Trained,
    device,
    named_architecture,
    named_recipe,
    trained,
    training_flops,
)
from components.brainbench.protocol import make_protocol
from components.brainbench.questions import Questions, make_questions
from components.brainbench.results import answers_to
from components.brainbench.scorer import Scorer
from components.dataset.demo import demo
from components.figures import numbers
from components.figures.style import (
    BLUE,
    BODY,
    GREEN,
    MUTED,
    SMALL,
    VERMILION,
    WIDE,
    axes_at,
    blank,
    panel_title,
    styled,
    svg,
)
from components.formats.cases import read_benchmark
from components.formats.model import read_model_tokenizer
from components.formats.statistics import CHANCE, Accuracy
from components.runtime.atomic import written_file
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.statistics.accuracy import accuracy
from components.tokenization.stage import tokenization
from components.tokenizer.stage import tokenizer
from pipelines.study.params import Architecture, Configuration, Params, read_params

PAGE = """# Scaling

![Validation loss and BrainBench accuracy against the compute of training]({figure})

`python -m benchmarks.scaling` makes this page. It trains models from random weights, each size on
each budget with a schedule of its own ({study}), and scores the human-made cases. {machine}:
{minutes} minutes.

{table}

Compute is 6 N + 12 L d T floating point operations per token: N weights that multiply, L layers,
hidden size d, sequences of T tokens ([Chowdhery et al. 2022](https://arxiv.org/abs/2204.02311),
appendix B). Intervals of accuracy are Wilson's, 95 %, over cases; there is one seed, so they do not
cover initial weights and order.

{summary}
"""
SIZES = ((BLUE, "o"), (VERMILION, "D"), (GREEN, "^"))  # colour and marker
SIDE, TOP, PLOT, FOOT, GUTTER = 34.0, 24.0, 150.0, 48.0, 24.0  # around a panel, in points
HEAD = """| size | parameters | tokens | FLOP | bits per byte | nats per token | accuracy |
|---|--:|--:|--:|--:|--:|--:|"""


@dataclass(frozen=True)
class Point:
    """A model of the scaling table."""

    size: str  # name of its size
    num_parameters: int  # all its parameters
    num_tokens: int  # tokens that it was trained on, each pass over them counted
    flops: float  # floating point operations of its training
    bits_per_byte: float  # of the validation sequences
    nats: float  # validation loss per token
    accuracy: Accuracy  # share of human-made cases whose original is less perplexing


def scaling(
    *,
    params: Path = Path("params.yaml"),
    tokens: Path | None = None,
    cases: Path | None = None,
    architectures: tuple[str, ...] = (),
    hidden_sizes: tuple[int, ...] = (32, 64, 96),
    recipe: str = "modern",
    passes: tuple[float, ...] = (0.25, 0.5, 1.0),
    page: Path = Path("docs/scaling.md"),
) -> None:
    """Trains and scores a model of every size on every budget of tokens.

    Args:
        params: File with the study's parameters.
        tokens: Folder of packed tokens and their tokenizer; by default the demo's, made anew.
        cases: Folder of the cases; by default the demo's, made anew.
        architectures: Names of the architectures to compare; by default the first one, with each
            hidden size.
        hidden_sizes: Hidden sizes to compare where no architectures are named.
        recipe: Name of the training recipe.
        passes: Budgets, in passes over the training sequences; half a pass leaves half of them out.
        page: Output file of the page; the figure is beside it, with the suffix .svg.

    Raises:
        InputError: The parameters are invalid or lack a named row, a budget is not positive, only
            one of tokens and cases is given, or an input is bad.
    """
    study = read_params(params)
    if (tokens is None) != (cases is None):
        raise InputError("found one of tokens and cases: expected both, or neither for the demo's")
    if not all(0 < each < math.inf for each in passes):
        raise InputError(f"passes: found {passes}, expected numbers above 0")
    one_epoch = named_recipe(study, recipe)
    sizes = _sizes(study, architectures, hidden_sizes)
    started = time.perf_counter()
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if tokens is None or cases is None:
            tokens, cases = _demo(Path(folder), study)
        questions, points = _questions(study, cases), []
        for (name, architecture), amount in itertools.product(sizes.items(), passes):
            epochs = math.ceil(amount)
            chosen = replace(one_epoch, epochs=epochs)
            with contextlib.redirect_stdout(sys.stderr):
                found = trained(architecture, tokens, chosen, share=amount / epochs)
                right = _accuracy(found.model, tokens, questions, study)
            points.append(_point(name, found, right))
            print(_row(points[-1]), flush=True)
    seconds = time.perf_counter() - started
    with styled(), written_file(page.with_suffix(".svg")) as file:
        file.write_bytes(svg(_drawn(points)))
    with written_file(page) as file:
        text = PAGE.format(
            study=f"{params}, recipe {recipe}, seed {study.seed}",
            figure=page.with_suffix(".svg").name,
            machine=device(),
            minutes=max(1, round(seconds / 60)),
            table="\n".join([HEAD, *map(_row, points)]),
            summary=_summary(points),
        )
        file.write_text(text, encoding="utf-8")


def _sizes(
    study: Params, architectures: Sequence[str], hidden_sizes: Sequence[int]
) -> dict[str, Architecture | Configuration]:
    """The architectures to compare, by the name of their size."""
    if architectures:
        return {name: named_architecture(study, name) for name in architectures}
    first = next(iter(study.architectures.values()))
    return {
        f"hidden size {size}": first.model_copy(update={"hidden_size": size})
        for size in hidden_sizes
    }


def _demo(folder: Path, study: Params) -> tuple[Path, Path]:
    """The demo's packed tokens and cases, made in a folder."""
    if "domain" not in study.tokenizers:
        raise InputError("no tokenizer 'domain': expected one, or tokens and cases")
    row = study.tokenizers["domain"]
    tokens, cut = folder / "tokens", folder / "tokenizer"
    with contextlib.redirect_stdout(sys.stderr):
        demo(data=folder / "data")
        tokenizer(source=folder / row.source, vocabulary_size=row.vocabulary_size, tokenizer=cut)
        tokenization(
            corpus=folder / "data" / "corpus" / "domain",
            tokenizer=cut,
            tokens=tokens,
            context_length=study.context_length,
            separator=row.separator,
            state=folder / "state",
        )
    return tokens, folder / "data" / "brainbench"


def _questions(study: Params, cases: Path) -> Questions:
    """The human-made cases, as whole abstracts."""
    (questions,) = make_questions(
        {"human": read_benchmark(cases)["human"]},
        contexts=("full",),
        faithful=study.brainbench.protocol == "faithful",
        seed=study.seed,
    )
    return questions


def _accuracy(
    model: PreTrainedModel, tokens: Path, questions: Questions, study: Params
) -> Accuracy:
    """A model's accuracy by the study's protocol."""
    protocol = make_protocol(study.brainbench.protocol, prompt=study.brainbench.prompt)
    scorer = Scorer(model, read_model_tokenizer(tokens, model=model), protocol, None)
    (answers,), _ = answers_to([questions], [], scorer=scorer)
    return accuracy(answers.perplexities[:, 0] < answers.perplexities[:, 1])


def _point(size: str, found: Trained, right: Accuracy) -> Point:
    flops = training_flops(
        found.model,
        num_tokens=found.num_tokens,
        sequence_length=found.sequence_length,
    )
    return Point(
        size,
        found.model.num_parameters(),
        found.num_tokens,
        flops,
        found.validation.bits_per_byte,
        math.log(found.validation.perplexity),
        right,
    )


def _row(point: Point) -> str:
    return (
        f"| {point.size} | {point.num_parameters:,} | {point.num_tokens:,} | {point.flops:.1e}"
        f" | {point.bits_per_byte:.3f} | {point.nats:.3f} | {numbers.accuracy(point.accuracy)} |"
    )


def _summary(points: Sequence[Point]) -> str:
    """What the table shows, in a sentence."""
    least, most = (pick(points, key=lambda each: each.flops) for pick in (min, max))
    return (
        f"From {least.flops:.1e} to {most.flops:.1e} FLOP the validation loss goes from"
        f" {least.bits_per_byte:.3f} to {most.bits_per_byte:.3f} bits per byte, and accuracy from"
        f" {numbers.percent(least.accuracy.value)} to {numbers.percent(most.accuracy.value)}."
    )


def _drawn(points: Sequence[Point]) -> Figure:
    """Validation loss and accuracy against compute, a panel each and a line a size."""
    width = (WIDE - 2 * SIDE - GUTTER - 14) / 2
    figure = blank(width=WIDE, height=TOP + PLOT + FOOT)
    places = [SIDE, 2 * SIDE + GUTTER + width]
    loss, share = [axes_at(figure, x, TOP, width, PLOT) for x in places]
    titles = ("validation loss (bits per byte)", "accuracy on human-made cases")
    for letter, title, x in zip("AB", titles, places, strict=True):
        panel_title(figure, letter, title, x=x - SIDE + 4, y=12)
    sizes = dict.fromkeys(each.size for each in points)
    for size, (colour, marker) in zip(sizes, itertools.cycle(SIZES), strict=False):
        line = [each for each in points if each.size == size]
        style: dict[str, Any] = {
            "color": colour,
            "marker": marker,
            "markersize": 4,
            "linewidth": 1.2,
        }
        flops = [each.flops for each in line]
        label = f"{size}, {line[0].num_parameters:,} parameters"
        loss.plot(flops, [each.bits_per_byte for each in line], label=label, **style)
        shares = np.array([[each.accuracy.value, *each.accuracy.interval] for each in line]).T
        share.errorbar(flops, shares[0], yerr=abs(shares[1:] - shares[0]), elinewidth=0.8, **style)
    share.axhline(CHANCE, color=MUTED, linewidth=0.8, dashes=(4, 3), zorder=1)
    share.set_ylim(0.35, 1.02)
    share.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for axes in (loss, share):
        axes.set_xscale("log")
        axes.set_xlabel("compute (FLOP)", size=BODY)
        axes.tick_params(labelsize=SMALL)
        axes.spines[["right", "top"]].set_visible(False)
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    shown = loss.get_legend_handles_labels()
    figure.legend(*shown, fontsize=SMALL, frameon=False, loc="lower center", ncols=len(sizes))
    return figure


if __name__ == "__main__":
    run(scaling)
