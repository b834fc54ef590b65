"""A README and metadata beside each component, in the form of Kubeflow's pipelines-components."""

import ast
import datetime
from collections.abc import Iterator
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from typing import Any

from components.artifact import written_file
from components.container import Component
from components.errors import InputError
from pipelines.graph import check_meta
from pipelines.store.lock_entries import read_yaml, yaml_text

KUBEFLOW = [{"name": "Pipelines", "version": ">=2.17.0"}]
TAGS = "language-models"
README, METADATA = "README.md", "metadata.yaml"
ASKED = ("image", "gpu", "cpu", "memory", "storage", "hours")  # of a node, in dvc.yaml's meta
VARIANT = "scores_VARIANT"  # an input for each variant, where a component is one for all of them


def describe(*, components: Path = Path("components"), verified: str | None = None) -> None:
    """Writes README.md and metadata.yaml beside each component.

    They follow from its docstrings, its `component.py` and its entries in `dvc.yaml`.

    Args:
        components: The folder with a folder for each component.
        verified: The day on which components were last seen to run in their containers,
            2026-01-31 say; without it the day noted before, or today for a new component.

    Raises:
        InputError: A stage has no component, no entry in dvc.yaml or no meta there, or the day is
            none.
    """
    day = _day(verified)
    definition = read_yaml(Path("dvc.yaml").read_text(encoding="utf-8"), where="dvc.yaml")
    folders = sorted(file.parent for file in components.glob("*/stage.py"))
    for folder in folders:
        entries = dict(_entries(folder.name, definition))
        if not entries:
            raise InputError(
                f"dvc.yaml: found no stage that runs python -m components.{folder.name}"
            )
        for name, text in (
            (METADATA, _metadata(folder, entries, day)),
            (README, _readme(folder, entries)),
        ):
            with written_file(folder / name) as partial:
                partial.write_text(text, encoding="utf-8")
    print(f"{components}: {len(folders)} components")  # noqa: T201


def _day(verified: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(verified) if verified else None
    except ValueError:
        raise InputError(f"verified: found '{verified}', expected a day like 2026-01-31") from None


def _entries(component: str, definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries of dvc.yaml that run a component, by what they are called there."""
    for name, stage in definition["stages"].items():
        entry = stage.get("do", stage)
        if entry["cmd"].split()[2] == f"components.{component}":
            check_meta(name, entry.get("meta", {}))
            each = stage.get("foreach", "").strip("${}")
            yield f"`{name}`" + (f", one for each of `{each}`" if each else ""), entry


def _metadata(folder: Path, entries: dict[str, dict[str, Any]], day: datetime.date | None) -> str:
    metas = [entry["meta"] for entry in entries.values()]
    file = folder / METADATA
    kept = read_yaml(file.read_text("utf-8"), where=str(file)) if file.is_file() else {}
    today = day or datetime.datetime.now(datetime.UTC).date()
    known = None if day else kept.get("lastVerified")
    return yaml_text(
        {
            "name": folder.name,
            "stability": "alpha",
            "dependencies": {"kubeflow": KUBEFLOW},
            "tags": [TAGS, metas[0]["image"], *(["gpu"] if metas[0].get("gpu") else [])],
            "lastVerified": known or f"{today}T00:00:00Z",
        }
    )


def _readme(folder: Path, entries: dict[str, dict[str, Any]]) -> str:
    specification = _component(folder.name).component_spec
    parts = [
        f"# {folder.name}",
        str(import_module(f"components.{folder.name}").__doc__),
        _purpose(folder),
        f"The flags are listed by `python -m components.{folder.name} --help`.",
        "## In a pipeline",
        "Tasks hand each other lock entries; the bytes that these name are in the store.",
        _table([("input", "type", "what"), *_rows(specification.inputs)]),
        _table([("output", "type", "what"), *_rows(specification.outputs)]),
        "## Stages and what they ask of a node",
        _table([("stage in dvc.yaml", "task", *ASKED), *_asked(entries)]),
        "*Written by `python -m pipelines describe`; not to be edited.*",
    ]
    return "\n\n".join(parts) + "\n"


def _component(name: str) -> Component:
    try:
        declared = getattr(import_module(f"components.{name}.component"), name)
    except (ModuleNotFoundError, AttributeError):
        raise InputError(
            f"components/{name}/component.py: found no {name}, expected it to declare a container"
        ) from None
    return declared([VARIANT]) if isfunction(declared) else declared


def _purpose(folder: Path) -> str:
    """What a stage does: the beginning of its function's docstring. It is not imported."""
    tree = ast.parse((folder / "stage.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == folder.name:
            text = ast.get_docstring(node) or ""
            return text.partition("\n\nArgs:")[0].partition("\n\nRaises:")[0]
    raise InputError(f"{folder}/stage.py: found no function {folder.name}")


def _rows(specification: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, each in specification.items():
        kind = each.type.removeprefix("system.").partition("@")[0]
        yield f"`{name}`", kind, each.description


def _asked(entries: dict[str, dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, entry in entries.items():
        meta = entry["meta"]
        yield name, meta["title"].replace("${key}", "…"), *(_cell(meta.get(key)) for key in ASKED)


def _cell(value: str | int | bool | None) -> str:
    return "yes" if value is True else "-" if value is None else str(value)


def _table(rows: list[tuple[str, ...]]) -> str:
    head, *others = rows
    lines = [head, ("---",) * len(head), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
