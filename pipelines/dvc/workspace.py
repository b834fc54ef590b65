"""A DVC workspace without git, laid out for one stage."""

import os
import shutil
import sys
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Entry, lock_text

# No remote: pods move objects themselves.
CONFIG = """\
[core]
    no_scm = true
    analytics = false
    check_update = false
[cache]
    type = "hardlink,copy"
"""


def lay_out(
    workspace: Path, *, code: Path, params: str, data: str, entries: dict[str, Entry]
) -> None:
    """Makes a workspace in which DVC can run a stage once its inputs are there.

    The cache and the state that an interrupted pod left stay; everything else is replaced.

    Args:
        workspace: The folder; it may exist.
        code: Folder with `components/`, `dvc.yaml` and `.dvcignore`: an image's or a checkout.
        params: The text of params.yaml.
        data: The text of data.dvc.
        entries: Lock entries of the stages that have run, by stage.

    Raises:
        InputError: The code is not there, or the folder is in use and no workspace.
        OSError: The disk is full.
    """
    if not (code / "dvc.yaml").is_file() or not (code / "components").is_dir():
        raise InputError(f"{code}: no dvc.yaml and components/, expected the project's code")
    _clear(workspace)
    # Hidden files are an editor's; among them are links to nowhere.
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(code / "components", workspace / "components", ignore=unwanted)
    for name in ("dvc.yaml", ".dvcignore"):
        if (code / name).exists():
            shutil.copy2(code / name, workspace / name)
    texts = {
        ".dvc/config": CONFIG,
        "params.yaml": params,
        "data.dvc": data,
        "dvc.lock": lock_text(entries),
    }
    for name, text in texts.items():
        (workspace / name).write_text(text, encoding="utf-8")


def set_environment(workspace: Path) -> None:
    """Makes DVC and the stage use no settings and no files outside a laid out workspace."""
    outside = workspace / ".dvc" / "none"
    os.environ |= {
        "DVC_SITE_CACHE_DIR": str(workspace / ".dvc" / "site-cache"),
        "DVC_GLOBAL_CONFIG_DIR": str(outside),
        "DVC_SYSTEM_CONFIG_DIR": str(outside),
        "DVC_NO_ANALYTICS": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
    }


def cache_of(workspace: Path) -> Path:
    """The workspace's DVC cache."""
    return workspace / ".dvc" / "cache"


def _clear(workspace: Path) -> None:
    inside, cache = workspace / ".dvc", cache_of(workspace)
    if workspace.exists() and any(workspace.iterdir()) and not inside.is_dir():
        raise InputError(f"{workspace}: found a folder in use, expected none or a pod's workspace")
    cache.mkdir(parents=True, exist_ok=True)
    for place in [*workspace.iterdir(), *inside.iterdir()]:
        if place in (inside, cache, workspace / ".state"):
            continue
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()
    for place in cache.rglob("*.partial"):
        place.unlink()
