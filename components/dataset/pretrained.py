"""A pretrained model with its tokenizer, or its configuration alone; never a pickle."""

import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from components.dataset.checksums import checksums
from components.dataset.source import Source
from components.formats.model_files import (
    OTHERS,
    WEIGHTS,
    check_model_files,
    check_tokenizer_files,
    listed,
)
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.hub import HubRepository, hub_errors, hub_repository


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


def get_configuration(source: Source, folder: Path) -> dict[str, Any]:
    """Writes a model's configuration without its weights; returns where it came from.

    Args:
        source: Id of a model on the Hub, or local folder.
        folder: Folder of config.json, replaced as a whole.

    Raises:
        InputError: The model is unavailable, or has no config.json.
    """
    return _get(source, folder, _configuration)


def get_pretrained(source: Source, folder: Path) -> dict[str, Any]:
    """Writes a model's configuration, weights and tokenizer; returns where they came from.

    Args:
        source: Id of a model on the Hub, or local folder.
        folder: Folder of the model, replaced as a whole.

    Raises:
        InputError: The model is unavailable, or lacks its configuration, weights in safetensors or
            tokenizer.
    """
    return _get(source, folder, _needed)


def _get(
    source: Source, folder: Path, needed: Callable[[Collection[str], Source], list[str]]
) -> dict[str, Any]:
    """Writes those of a model's files that are needed; returns where they came from."""
    if source.folder is not None:
        if source.revision is not None:
            raise InputError(f"a folder of a model has no revision: {source}")
        names = needed([file.name for file in source.folder.iterdir()], source)
        with written_folder(folder) as partial:
            for name in names:
                shutil.copyfile(source.folder / name, partial / name)
            return {"source": str(source), "revision": None, "sha256": checksums(partial)}
    repository = hub_repository(source.address, revision=source.revision, kind="model")
    names = needed(repository.files, source)
    with written_folder(folder) as partial:
        _download(repository, names, partial)
        return {
            "source": str(source),
            "revision": repository.revision,
            "sha256": checksums(partial),
        }


def _configuration(found: Collection[str], source: Source) -> list[str]:
    if "config.json" not in found:
        raise InputError(f"no config.json in the model {source}: found {listed(found)}")
    return ["config.json"]


def _needed(found: Collection[str], source: Source) -> list[str]:
    """Which of a model's files to take."""
    where = f"the model {source}"
    check_model_files(found, where=where)
    check_tokenizer_files(found, where=where)
    return sorted(name for name in found if name in OTHERS or WEIGHTS.fullmatch(name))


def _download(repository: HubRepository, names: list[str], folder: Path) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    with hub_errors(repository.identifier, revision=repository.revision, kind="model"):
        snapshot_download(
            repository.identifier,
            revision=repository.revision,
            local_dir=folder,
            allow_patterns=names,
        )
    shutil.rmtree(folder / ".cache")  # the client's notes on the download
