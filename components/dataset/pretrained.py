"""A pretrained model with its tokenizer, or its configuration alone; never a pickle."""

import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from components.dataset.source import Source
from components.formats.model_files import (
    OTHERS,
    WEIGHTS,
    check_model_files,
    check_tokenizer_files,
    listed,
)
from components.runtime.errors import InputError
from components.runtime.hub import hub_errors, hub_repository


def pretrained_name(source: Source) -> str:
    """The name of a model's folder: the last part of its Hub id or path.

    Raises:
        InputError: There is no such part.
    """
    path = source.folder.resolve().as_posix() if source.folder else source.address
    name = path.rpartition("/")[2]
    if name in ("", ".", ".."):
        raise InputError(f"no name of a model in {source}: expected a Hub id or a folder")
    return name


def write_configuration(source: Source, folder: Path) -> dict[str, Any]:
    """Writes a model's `config.json` without its weights; returns its revision.

    Raises:
        InputError: The model is unavailable, or has no config.json.
    """

    def needed(found: Collection[str]) -> list[str]:
        if "config.json" not in found:
            raise InputError(f"no config.json in the model {source}: found {listed(found)}")
        return ["config.json"]

    return _write(source, folder, needed)


def write_pretrained(source: Source, folder: Path) -> dict[str, Any]:
    """Writes a model's configuration, weights and tokenizer; returns its revision.

    Raises:
        InputError: The model is unavailable, or lacks its configuration, weights in safetensors or
            tokenizer.
    """

    def needed(found: Collection[str]) -> list[str]:
        check_model_files(found, where=f"the model {source}")
        check_tokenizer_files(found, where=f"the model {source}")
        return sorted(name for name in found if name in OTHERS or WEIGHTS.fullmatch(name))

    return _write(source, folder, needed)


def _write(
    source: Source, folder: Path, needed: Callable[[Collection[str]], list[str]]
) -> dict[str, Any]:
    """Writes those of a model's files that are needed."""
    if source.folder is not None:
        if source.revision is not None:
            raise InputError(f"a folder of a model has no revision: {source}")
        for name in needed([file.name for file in source.folder.iterdir()]):
            shutil.copyfile(source.folder / name, folder / name)
        return {"revision": None}
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    found = hub_repository(source.address, revision=source.revision, kind="model")
    names = needed(found.files)
    if not sys.stderr.isatty():
        disable_progress_bars()
    with hub_errors(found.identifier, revision=found.revision, kind="model"):
        snapshot_download(
            found.identifier, revision=found.revision, local_dir=folder, allow_patterns=names
        )
    shutil.rmtree(folder / ".cache")  # the client's notes on the download
    return {"revision": found.revision}
