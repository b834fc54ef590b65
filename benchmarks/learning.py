"""Whether the demo's models learn the facts, and only from the domain corpus.

Runs the demo's stages in a copy of the checkout for several seeds, and once on a domain corpus with
shuffled facts, and prints the accuracy of each variant as a Markdown table.

    python -m benchmarks.learning
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from components.runtime.command_line import run

ROOT = Path(__file__).parents[1]
SEEDS = (42, 43, 44)
COPIED = ("components", "pipelines", "params.yaml", "dvc.yaml", ".dvcignore", ".dvc/config")


def learning() -> None:
    """Prints each variant's accuracy on human-made cases; takes as long as about four demos."""
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        copy_checkout(workspace)
        for seed in SEEDS:
            rows[f"seed {seed}"] = accuracies(workspace, seed=seed, facts="true")
        rows["facts shuffled"] = accuracies(workspace, seed=SEEDS[0], facts="shuffled")
    variants = list(next(iter(rows.values())))
    print("| | " + " | ".join(variants) + " |")
    print("|---" * (len(variants) + 1) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{row[each]:.1%}" for each in variants) + " |")


def accuracies(workspace: Path, *, seed: int, facts: str) -> dict[str, float]:
    """Each variant's accuracy on the human-made cases.

    Args:
        workspace: A copy of the checkout.
        seed: Seed of weights, dropout and order.
        facts: Whether the domain corpus holds the `true` or `shuffled` facts.
    """
    yaml = YAML()
    params = yaml.load(workspace / "params.yaml")
    params["seed"] = seed
    params["brainbench"]["contexts"] = ["full"]  # the others take most of the time
    yaml.dump(params, workspace / "params.yaml")
    run_in(workspace, sys.executable, "-m", "components.dataset", "demo", "--facts", facts)
    run_in(workspace, "dvc", "add", "--quiet", "data")
    names = list(params["variants"])
    run_in(workspace, "dvc", "repro", "--quiet", *(f"brainbench@{name}" for name in names))
    found = {}
    for name in names:
        file = workspace / "artifacts" / "scores" / name / "metrics.json"
        found[name] = float(json.loads(file.read_text())["accuracy"]["full"]["human"])
    return found


def copy_checkout(workspace: Path) -> None:
    """A workspace without git that holds what the stages need."""
    for name in COPIED:
        source, target = ROOT / name, workspace / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    run_in(workspace, "dvc", "config", "core.no_scm", "true")


def run_in(workspace: Path, *command: str) -> None:
    """Runs a command in the workspace; its output goes to standard error.

    Raises:
        CalledProcessError: The command failed.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(  # noqa: S603
        command, cwd=workspace, env={**os.environ, "PATH": path}, stdout=sys.stderr, check=True
    )


if __name__ == "__main__":
    run(learning)
