"""The folder of a model: a local one, or the Hub client's cache."""

import sys
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.utils.tqdm import disable_progress_bars

from components.runtime.hub import hub_errors, hub_repository

# Downloaded files of a model on the Hub: never a pickle, never code.
MODEL_FILES = ["*.json", "*.safetensors"]


def model_folder(name: str, *, revision: str | None = None) -> Path:
    """The local folder of a model; one on the Hub is downloaded into the Hub client's cache.

    Args:
        name: A folder, or else an id on the Hub, `owner/name`.
        revision: Branch, tag or commit on the Hub; None for the newest.

    Raises:
        InputError: There is no such folder, and no such model on the Hub.
    """
    if Path(name).is_dir():
        return Path(name)
    if not sys.stderr.isatty():
        disable_progress_bars()
    repository = hub_repository(name, revision=revision, kind="model")
    with hub_errors(name, revision=repository.revision, kind="model"):
        place = snapshot_download(name, revision=repository.revision, allow_patterns=MODEL_FILES)
    return Path(place)
