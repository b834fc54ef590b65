"""How many tokens the `modern` recipe needs for what the `paper` recipe learns.

    python -m benchmarks.recipes --tokens artifacts/tokens/domain --params params.yaml

Trains one architecture from the same random weights by the recipes of params.paper.yaml: by `paper`
on all tokens, by `paper` with another learning rate, and by `modern` on shares of the tokens, each
with a schedule of its own. Prints the loss on the validation sequences as a Markdown table.
"""

import math
import statistics
from dataclasses import replace
from pathlib import Path

from scipy.stats import t

from benchmarks.measuring import print_head, print_row
from benchmarks.models import device, named_architecture, named_recipe, trained
from components.runtime.command_line import run
from components.training.recipe import Precision, Recipe
from pipelines.study.params import read_params


def recipes(
    *,
    tokens: Path,
    params: Path = Path("params.yaml"),
    architecture: str = "gpt2",
    shares: tuple[float, ...] = (0.03, 0.05, 0.1, 1.0),
    batch_size: int = 16,
    modern_batch_size: int = 4,
    micro_batch_size: int = 16,
    corrected_rate: float = 1e-3,
    modern_rate: float | None = None,
    precision: Precision = "float32",
    num_seeds: int = 3,
) -> None:
    """Compares the recipes.

    Args:
        tokens: Folder of packed tokens.
        params: File with the study's architecture.
        architecture: Name of the architecture.
        shares: Shares of the training tokens for `modern`.
        batch_size: Batch size of `paper`, in sequences.
        modern_batch_size: Batch size of `modern`, in sequences.
        micro_batch_size: Largest micro-batch size in sequences.
        corrected_rate: Peak learning rate of the second line, `paper` with another one.
        modern_rate: Peak learning rate of `modern`; by default the recipe's.
        precision: Precision of the passes.
        num_seeds: Number of random seeds, of weights and order.

    Raises:
        InputError: The parameters are invalid or have no such architecture, or the tokens are bad.
    """
    study, published = read_params(params), read_params(Path("params.paper.yaml"))
    sizes = named_architecture(study, architecture)

    def recipe(name: str, batch_size: int, rate: float | None) -> Recipe:
        return named_recipe(
            published,
            name,
            batch_size=batch_size,
            micro_batch_size=min(batch_size, micro_batch_size),
            peak_learning_rate=rate,
            precision=precision,
        )

    corrected = recipe("paper", batch_size, corrected_rate)
    modern = recipe("modern", modern_batch_size, modern_rate)
    rows = [
        ("paper", recipe("paper", batch_size, None), 1.0),
        (f"paper, learning rate {corrected_rate:g}", corrected, 1.0),
        *(("modern", modern, share) for share in shares),
    ]
    print(f"{device()}\n")
    print_head(
        "recipe", "batch", "tokens", "share", "loss, nats", "difference to paper", "tokens/s"
    )
    reference: list[float] = []
    for name, chosen, share in rows:
        found = [
            trained(sizes, tokens, replace(chosen, seed=seed), share=share)
            for seed in range(num_seeds)
        ]
        losses = [math.log(each.validation.perplexity) for each in found]
        reference = reference or losses
        differences = [loss - first for loss, first in zip(losses, reference, strict=True)]
        rate = statistics.median(each.num_tokens / each.seconds for each in found)
        amount = f"{found[0].num_tokens:,}", f"{share:.0%}"
        results = _interval(losses), _interval(differences), f"{rate:,.0f}"
        print_row(name, chosen.batch_size, *amount, *results)


def _interval(values: list[float]) -> str:
    """Mean and 95 % confidence interval over seeds."""
    mean = statistics.mean(values)
    if len(values) == 1:
        return f"{mean:.3f}"
    half = t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return f"{mean:.3f} ± {half:.3f}"


if __name__ == "__main__":
    run(recipes)
