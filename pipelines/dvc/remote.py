"""The remote of a checkout's DVC configuration."""

from pathlib import Path

from components.runtime.errors import InputError


def default_remote(root: Path) -> str:
    """The URL of a checkout's default DVC remote.

    Args:
        root: The checkout's folder.

    Raises:
        InputError: No default remote is configured.
    """
    from dvc.config import Config

    config = Config(dvc_dir=str(root / ".dvc"))
    if not (name := config["core"].get("remote")):
        raise InputError(
            f"{root / '.dvc/config'}: no default remote, expected one"
            " (dvc remote add --default store s3://bucket/prefix), or --store"
        )
    return str(config["remote"][name]["url"])
